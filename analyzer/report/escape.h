// One escaper for each place that text goes to. What comes from a recording (names, paths, messages) may hold anything:
// markup, control characters, characters that turn the direction of what follows, bytes that are not UTF-8. Each function
// gives text that its sink shows as text. All but escape_for_uri() make one visible line first, as
// escape_for_terminal() does. Pure functions: any thread may call them.
//
//   out << "<testcase name=\"" << escape_for_xml(name) << "\"/>\n";
#pragma once
#include <string>
#include <string_view>

namespace tenter::analysis {

// Character data and attribute values of XML 1.0, which has no form at all for some characters.
std::string escape_for_xml(std::string_view text);

// A path as a URI reference (RFC 3986, section 3.3): bytes other than unreserved characters and slashes become %NN.
// A colon, too, so that no file is taken for a scheme.
std::string escape_for_uri(std::string_view path);

// A message of SARIF 2.1.0 (sections 3.11.5 and 3.11.6): brackets would be links, braces placeholders.
std::string escape_for_sarif_message(std::string_view text);

// What follows the two colons of a workflow command of GitHub Actions, and the value of one of its properties.
std::string escape_for_github_message(std::string_view text);
std::string escape_for_github_property(std::string_view text);

// Text in GitHub's Markdown, in a cell of a table as well: no markup, no HTML, no mention.
std::string escape_for_markdown(std::string_view text);

// What stands between the quotes of a label in Graphviz's DOT language.
std::string escape_for_dot(std::string_view text);

// A host of ShiViz's logs, which is also a key of JSON there: letters, digits and the underline alone.
std::string escape_for_shiviz_host(std::string_view text);

// An event or a label of ShiViz's logs: one line without the three equals signs that part executions.
std::string escape_for_shiviz_event(std::string_view text);

}  // namespace tenter::analysis
