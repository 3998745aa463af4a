// What the functions of this folder have around them: a program that is not there.
#pragma once
#include <tenter/tenter.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace tenter;
using namespace std::chrono_literals;

bool failed();
int compute();
int compute(int of);
void use(int value);
void log(const std::string& text);
std::optional<std::string> parse(const std::string& line);

// Runs a function when it goes out of scope, as many projects have one.
template <class F>
class Defer {
 public:
  explicit Defer(F f) : f_(std::move(f)) {}
  Defer(const Defer&) = delete;
  ~Defer() { f_(); }

 private:
  F f_;
};
