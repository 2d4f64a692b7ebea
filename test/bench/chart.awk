# Draws pages.sh's figures as SVG: requests/s of ours beside the floor for each kind of page, at 8 connections, with the ratio.
BEGIN { FS = "|" }
$3 == 8 { split($4, at, " "); n++; label[n] = $1 ", " $2 " rows"; ours[n] = at[1]; floor[n] = at[4]
    if (at[1] > most) most = at[1]
    if (at[4] > most) most = at[4] }

END {
    if (!n || !most) { print "chart: no figures at 8 connections" >"/dev/stderr"; exit 1 }
    left = 170; width = 480
    begin_chart("Requests per second of bridgewatch beside the floor", "Pages a second, 8 connections, count=none", about, "ratio")
    legend(0, "ours", "bridgewatch")
    legend(110, "floor", "the floor: the same rows by pgbench")
    for (i = 1; i <= n; i++)
        pair(i, label[i], "ours", ours[i], "floor", floor[i], sprintf("%.2f", ours[i] / floor[i]))
    print "</svg>"
}
