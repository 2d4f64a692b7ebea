#include "test/support/promql.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <sstream>

namespace bridgewatch::test::promql {
namespace {

constexpr std::array<std::string_view, 6> with_labels{"by", "without", "on", "ignoring", "group_left", "group_right"};
constexpr std::array<std::string_view, 6> operators{"and", "or", "unless", "bool", "offset", "atan2"};
/// Of the targets, from Prometheus, Kubernetes, or the buckets of a histogram.
constexpr std::array<std::string_view, 4> always{"job", "instance", "namespace", "le"};

template <std::size_t N>
bool is_one_of(std::array<std::string_view, N> const& words, std::string_view word)
{
    return std::ranges::find(words, word) != words.end();
}

class reader {
  public:
    explicit reader(std::string_view text) : rest_{text} {}

    expression read()
    {
        while (skip_space(), !rest_.empty()) {
            if (auto const word = take_word(); !word.empty())
                note(word);
            else if (rest_.front() == '"' || rest_.front() == '\'')
                static_cast<void>(take_string());
            else if (rest_.front() == '[')
                rest_.remove_prefix(std::min(rest_.find(']'), rest_.size()));
            else if (std::isdigit(static_cast<unsigned char>(rest_.front())) != 0)
                rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789.eExXabcdfhmnswy"), rest_.size()));
            else
                rest_.remove_prefix(1);
        }
        return std::move(out_);
    }

  private:
    void note(std::string_view word)
    {
        skip_space();
        if (is_one_of(with_labels, word)) {
            if (takes('('))
                take_labels();
        } else if (!is_one_of(operators, word) && !rest_.starts_with('(') && !precedes_labels()) {
            out_.selectors.push_back({.metric = std::string{word}, .matchers = {}});
            if (takes('{'))
                take_matchers();
        }
    }

    /// `sum by (…) (…)`: the word before was an aggregation.
    [[nodiscard]] bool precedes_labels() const
    {
        auto ahead = *this;
        auto const next = ahead.take_word();
        return next == "by" || next == "without";
    }

    void take_labels()
    {
        while (skip_space(), !takes(')') && !rest_.empty()) {
            if (auto const label = take_word(); !label.empty())
                out_.labels.emplace(label);
            else
                rest_.remove_prefix(1);
        }
    }

    void take_matchers()
    {
        while (skip_space(), !takes('}') && !rest_.empty()) {
            matcher one;
            one.label = take_word();
            auto const length = std::min(rest_.find_first_of("\"'"), rest_.size());
            one.operation = rest_.substr(0, length);
            rest_.remove_prefix(length);
            one.value = take_string();
            out_.selectors.back().matchers.push_back(std::move(one));
            static_cast<void>(takes(','));
        }
    }

    std::string take_string()
    {
        if (rest_.empty())
            return {};
        char const quote = rest_.front();
        rest_.remove_prefix(1);
        std::string out;
        for (; !rest_.empty() && rest_.front() != quote; rest_.remove_prefix(1)) {
            if (rest_.front() == '\\' && rest_.size() > 1)
                rest_.remove_prefix(1);
            out += rest_.front();
        }
        static_cast<void>(takes(quote));
        return out;
    }

    std::string_view take_word()
    {
        std::size_t length = 0;
        while (length < rest_.size() &&
               (std::isalpha(static_cast<unsigned char>(rest_[length])) != 0 || rest_[length] == '_' ||
                rest_[length] == ':' || (length > 0 && std::isdigit(static_cast<unsigned char>(rest_[length])) != 0)))
            ++length;
        auto const word = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return word;
    }

    bool takes(char wanted)
    {
        bool const is_there = rest_.starts_with(wanted);
        if (is_there)
            rest_.remove_prefix(1);
        return is_there;
    }

    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }

    std::string_view rest_;
    expression out_;
};

/// "a|b" → both; one pattern where its bars are within parentheses.
std::vector<std::string> branches(matcher const& of)
{
    if (!of.operation.ends_with('~') || of.value.find('(') != std::string::npos)
        return {of.value};
    std::vector<std::string> out;
    std::istringstream parts{of.value};
    for (std::string part; std::getline(parts, part, '|');)
        out.push_back(part);
    return out;
}

bool has(std::set<std::string> const& values, matcher const& of, std::string const& branch)
{
    if (!of.operation.ends_with('~'))
        return values.contains(branch);
    std::regex const pattern{branch};
    return std::ranges::any_of(values, [&](auto const& value) { return std::regex_match(value, pattern); });
}

void check(selector const& what, std::map<std::string, std::set<std::string>> const& labels,
           std::vector<std::string>& faults)
{
    for (auto const& matcher : what.matchers) {
        if (is_one_of(always, matcher.label))
            continue;
        auto const values = labels.find(matcher.label);
        if (values == labels.end()) {
            faults.push_back(what.metric + " has no label " + matcher.label);
            continue;
        }
        if (matcher.label == "status")
            continue;
        for (auto const& branch : branches(matcher))
            if (!has(values->second, matcher, branch))
                faults.push_back(what.metric + ": no " + matcher.label + " is " + branch);
    }
}

} // namespace

expression read(std::string_view text)
{
    return reader{text}.read();
}

samples exported(std::string_view text)
{
    samples out;
    std::istringstream lines{std::string{text}};
    std::regex const type{R"(# TYPE (\w+) (\w+))"};
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (std::regex_match(line, found, type) && found[2] == "histogram") {
            for (auto const* suffix : {"_bucket", "_sum", "_count"})
                out[found[1].str() + suffix];
        } else if (std::regex_match(line, found, type)) {
            out[found[1]];
        } else if (!line.starts_with('#')) {
            // A sample is a selector whose operators are all "=", but for its value.
            auto const sample = read(std::string_view{line}.substr(0, line.rfind(' '))).selectors.at(0);
            for (auto const& label : sample.matchers)
                out[sample.metric][label.label].insert(label.value);
        }
    }
    return out;
}

std::vector<std::string> unknown(std::string_view text, samples const& known)
{
    auto const read_as = read(text);
    std::vector<std::string> faults;
    std::set<std::string> labels{always.begin(), always.end()};
    for (auto const& selector : read_as.selectors) {
        auto const found = known.find(selector.metric);
        if (found == known.end()) {
            faults.push_back("there is no " + selector.metric);
            continue;
        }
        for (auto const& [label, values] : found->second)
            labels.insert(label);
        check(selector, found->second, faults);
    }
    for (auto const& label : read_as.labels)
        if (!labels.contains(label))
            faults.push_back("nothing here has a label " + label);
    return faults;
}

} // namespace bridgewatch::test::promql
