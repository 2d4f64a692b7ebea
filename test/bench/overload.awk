# Draws overload.sh's figures as SVG: requests/s that were offered and answered with a page, for each load, with the p99 of what was answered.
{ n++; label[n] = $1 " ×"; offered[n] = $2; good[n] = $3; p99[n] = $5; if ($2 > most) most = $2 }

END {
    if (!n || !most) { print "chart: no figures" >"/dev/stderr"; exit 1 }
    left = 60; width = 560
    begin_chart("Requests per second offered and answered, up to four times what can be served",
        "Pages a second under an open loop, by what can be served", about, "p99 of the answered")
    legend(0, "floor", "offered")
    legend(110, "ours", "answered with a page; the others with 503")
    for (i = 1; i <= n; i++)
        pair(i, label[i], "floor", offered[i], "ours", good[i], sprintf("%.0f ms", p99[i]))
    print "</svg>"
}
