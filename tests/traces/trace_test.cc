// trace_test FILE...: does every trace earn the verdicts that it expects, and no others?
#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>

#include "verdicts.h"

using namespace tenter::analysis;

namespace {

void print(const char* what, const std::vector<std::string>& verdicts) {
  std::cout << what << '\n';
  for (const std::string& verdict : verdicts) std::cout << "    " << verdict << '\n';
  if (verdicts.empty()) std::cout << "    nothing\n";
}

bool check(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    std::cout << path << ": cannot be read\n";
    return false;
  }
  TextTrace trace;
  std::string line;
  bool expects = false;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    expects = expects || line.rfind("expect", 0) == 0;
    const std::string trouble = trace.line(line);
    if (trouble.empty()) continue;
    std::cout << path << ':' << number << ": " << trouble << '\n';
    return false;
  }
  if (!expects) {
    std::cout << path << ": expects neither a verdict nor nothing\n";
    return false;
  }
  const Verdicts found = verdicts_of(trace);
  std::vector<std::string> expected = trace.expected();
  std::sort(expected.begin(), expected.end());
  bool right = found.all == expected;
  if (!right) {
    std::cout << path << '\n';
    print("  expected:", expected);
    print("  found:", found.all);
  }
  if (!trace.marked_lines().empty() && trace.marked_lines() != found.racy_lines) {
    std::cout << path << ": the marks (<-) are not the lines that race, which are";
    for (const unsigned one : found.racy_lines) std::cout << ' ' << one;
    std::cout << '\n';
    right = false;
  }
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  bool right = argc > 1;
  for (int i = 1; i < argc; ++i) right = check(argv[i]) && right;
  return right ? 0 : 1;
}
