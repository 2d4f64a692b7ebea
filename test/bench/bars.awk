# What the charts have in common: pairs of bars, a row each. Loaded before the one that draws (awk -f bars.awk -f …), which sets left and
# width of the bars, n rows, and `most`, the value that takes the whole width.
BEGIN { thick = 13; row = 40; top = 62 }

function text(x, y, anchor, class, what) {
    gsub(/&/, "\\&amp;", what); gsub(/</, "\\&lt;", what)
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, what
}

function bar(y, class, value) {
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>\n", left, y, value * width / most, thick, class
    text(left + value * width / most + 6, y + thick - 3, "start", "small", value)
}

# The picture up to its first row: what it shows for who cannot see it, its title, what it was made from, and what stands over the right edge.
function begin_chart(shows, title, about, edge,   height) {
    height = top + n * row + 14
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" viewBox=\"0 0 760 %d\" role=\"img\" ", height, height
    printf "aria-label=\"%s\">\n", shows
    print "<style>text{font-family:system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.label{font-size:13px}" \
        ".small{font-size:11px}.ratio{font-size:13px;font-weight:600}.ours{fill:#0969da}.floor{fill:#8c959f}" \
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#4493f8}.floor{fill:#6e7681}}</style>"
    text(10, 20, "start", "title", title)
    text(10, 38, "start", "small", about)
    text(750, 54, "end", "small", edge)
}

# A square in the bars' colour and what it stands for, so far from the bars' left edge.
function legend(from_left, class, what) {
    printf "<rect x=\"%d\" y=\"45\" width=\"10\" height=\"10\" class=\"%s\"/>\n", left + from_left, class
    text(left + from_left + 15, 54, "start", "small", what)
}

function pair(i, name, upper_class, upper, lower_class, lower, edge,   y) {
    y = top + (i - 1) * row
    text(left - 10, y + 20, "end", "label", name)
    bar(y + 2, upper_class, upper)
    bar(y + 4 + thick, lower_class, lower)
    text(750, y + 20, "end", "ratio", edge)
}
