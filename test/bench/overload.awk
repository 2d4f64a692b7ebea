# Draws overload.sh's figures as SVG: requests/s that were offered and answered with a page, for each load, with the p99 of what was answered.
{ n++; label[n] = $1 " ×"; offered[n] = $2; good[n] = $3; p99[n] = $5; if ($2 > most) most = $2 }

function text(x, y, anchor, class, what) {
    gsub(/&/, "\\&amp;", what); gsub(/</, "\\&lt;", what)
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, what
}

function bar(y, class, value) {
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>\n", left, y, value * width / most, thick, class
    text(left + value * width / most + 6, y + thick - 3, "start", "small", value)
}

END {
    if (!n || !most) { print "chart: no figures" >"/dev/stderr"; exit 1 }
    left = 60; width = 560; thick = 13; row = 40; top = 62
    height = top + n * row + 14
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" viewBox=\"0 0 760 %d\" role=\"img\" ", height, height
    print "aria-label=\"Requests per second offered and answered, up to four times what can be served\">"
    print "<style>text{font-family:system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.label{font-size:13px}" \
        ".small{font-size:11px}.ratio{font-size:13px;font-weight:600}.ours{fill:#0969da}.floor{fill:#8c959f}" \
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#4493f8}.floor{fill:#6e7681}}</style>"
    text(10, 20, "start", "title", "Pages a second under an open loop, by what can be served")
    text(10, 38, "start", "small", about)
    printf "<rect x=\"%d\" y=\"45\" width=\"10\" height=\"10\" class=\"floor\"/>\n", left
    text(left + 15, 54, "start", "small", "offered")
    printf "<rect x=\"%d\" y=\"45\" width=\"10\" height=\"10\" class=\"ours\"/>\n", left + 110
    text(left + 125, 54, "start", "small", "answered with a page; the others with 503")
    text(750, 54, "end", "small", "p99 of the answered")
    for (i = 1; i <= n; i++) {
        y = top + (i - 1) * row
        text(left - 10, y + 20, "end", "label", label[i])
        bar(y + 2, "floor", offered[i])
        bar(y + 4 + thick, "ours", good[i])
        text(750, y + 20, "end", "ratio", sprintf("%.0f ms", p99[i]))
    }
    print "</svg>"
}
