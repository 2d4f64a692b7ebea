# Draws pages.sh's figures as SVG: requests/s of ours beside the floor for each kind of page, at 8 connections, with the ratio.
BEGIN { FS = "|" }
$3 == 8 { split($4, at, " "); n++; label[n] = $1 ", " $2 " rows"; ours[n] = at[1]; floor[n] = at[4]
    if (at[1] > most) most = at[1]
    if (at[4] > most) most = at[4] }

function text(x, y, anchor, class, what) {
    gsub(/&/, "\\&amp;", what); gsub(/</, "\\&lt;", what)
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, what
}

function bar(y, class, value) {
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>\n", left, y, value * width / most, thick, class
    text(left + value * width / most + 6, y + thick - 3, "start", "small", value)
}

END {
    if (!n || !most) { print "chart: no figures at 8 connections" >"/dev/stderr"; exit 1 }
    left = 170; width = 480; thick = 13; row = 40; top = 62
    height = top + n * row + 14
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" viewBox=\"0 0 760 %d\" role=\"img\" ", height, height
    print "aria-label=\"Requests per second of bridgewatch beside the floor\">"
    print "<style>text{font-family:system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.label{font-size:13px}" \
        ".small{font-size:11px}.ratio{font-size:13px;font-weight:600}.ours{fill:#0969da}.floor{fill:#8c959f}" \
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#4493f8}.floor{fill:#6e7681}}</style>"
    text(10, 20, "start", "title", "Pages a second, 8 connections, count=none")
    text(10, 38, "start", "small", about)
    printf "<rect x=\"%d\" y=\"45\" width=\"10\" height=\"10\" class=\"ours\"/>\n", left
    text(left + 15, 54, "start", "small", "bridgewatch")
    printf "<rect x=\"%d\" y=\"45\" width=\"10\" height=\"10\" class=\"floor\"/>\n", left + 110
    text(left + 125, 54, "start", "small", "the floor: the same rows by pgbench")
    text(750, 54, "end", "small", "ratio")
    for (i = 1; i <= n; i++) {
        y = top + (i - 1) * row
        text(left - 10, y + 20, "end", "label", label[i])
        bar(y + 2, "ours", ours[i])
        bar(y + 4 + thick, "floor", floor[i])
        text(750, y + 20, "end", "ratio", sprintf("%.2f", ours[i] / floor[i]))
    }
    print "</svg>"
}
