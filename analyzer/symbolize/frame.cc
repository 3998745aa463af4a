#include "symbolize/frame.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace tenter::analysis {
namespace {

bool starts_with_any(std::string_view text, const auto& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return text.starts_with(p); });
}
bool contains_any(std::string_view text, const auto& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}

constexpr std::array<std::string_view, 17> glue_names = {"__tsan_",
                                                         "tenter_own_",
                                                         "__interceptor_",
                                                         "tenter::detail::",
                                                         "tenter::record::",
                                                         "tenter::trace::",
                                                         "execute_native_thread_routine",
                                                         "__libc_start_",
                                                         "std::thread::_State_impl",
                                                         "std::thread::_Invoker",
                                                         "std::__invoke",
                                                         "std::__invoke_impl",
                                                         "__libc_csu_",
                                                         "std::thread::_M_start_thread",
                                                         "__gthread_",
                                                         "operator new",
                                                         "operator delete"};
constexpr std::array<std::string_view, 4> starting_templates = {"tenter::detail::", "std::thread::_State_impl",
                                                                "std::thread::_Invoker", "std::__invoke"};
constexpr std::array<std::string_view, 6> glue_whole_names = {"start_thread", "clone",  "clone3",
                                                              "__clone3",     "_start", "__clone"};
constexpr std::array<std::string_view, 5> library_names = {"std::", "__gnu_cxx::", "__cxxabiv1::", "__cxa_",
                                                           "tenter::"};
constexpr std::array<std::string_view, 4> library_prefixes = {"/usr/include/", "/usr/lib/", "/build/glibc",
                                                              "/build/gcc-"};
constexpr std::array<std::string_view, 4> library_modules = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
constexpr std::array<std::string_view, 4> library_folders = {"/include/c++/", "/include/tenter/", "/sysdeps/",
                                                             "/lib/clang/"};

// "void std::__invoke_impl<void, f>(...)": the demangler puts the return type of a template in front.
std::string_view without_return_type(std::string_view name) {
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '(') break;
    if (c == '<') ++depth;
    if (c == '>') --depth;
    if (c == ' ' && depth == 0) {
      if (name.substr(0, i).ends_with("operator")) break;  // "operator new", not a type
      return without_return_type(name.substr(i + 1));
    }
  }
  return name;
}

// How libstdc++ calls what a thread was given. The names of what g++ has inlined come without namespaces.
bool starts_threads(std::string_view file, std::string_view function) {
  if (file.ends_with("/bits/invoke.h")) return true;
  return file.ends_with("/bits/std_thread.h") &&
         (function.starts_with("_M_invoke") || function.starts_with("_M_run") || function.starts_with("operator()"));
}

// A template that starts what the user wrote, of which no line is known. Built without -g, a lambda has no
// frame of its own: it was inlined into this one.
bool may_hold_inlined_code(const Frame& frame) {
  const std::string_view function = without_return_type(frame.function);
  return frame.line == 0 && !frame.module.empty() && !starts_with_any(frame.module, library_modules) &&
         function.find('<') != std::string_view::npos && starts_with_any(function, starting_templates);
}

}  // namespace

FrameOwner owner_of(const Frame& frame) {
  const std::string_view function = without_return_type(frame.function);
  if (file_name(frame.module).starts_with("libtenter_record") || starts_threads(frame.file, function) ||
      starts_with_any(function, glue_names) ||
      std::find(glue_whole_names.begin(), glue_whole_names.end(), function) != glue_whole_names.end())
    return FrameOwner::glue;
  if (frame.function.empty()) return FrameOwner::unknown;
  if (starts_with_any(function, library_names) || starts_with_any(frame.file, library_prefixes) ||
      contains_any(frame.file, library_folders) || file_name(frame.module).starts_with("libtenter"))
    return FrameOwner::library;
  // Without lines the module is all there is to go by.
  if (!frame.file.empty()) return FrameOwner::project;
  if (frame.module.empty()) return FrameOwner::unknown;
  return starts_with_any(frame.module, library_modules) ? FrameOwner::library : FrameOwner::project;
}

void trim_glue(std::vector<Frame>& stack) {
  const bool named =
      std::any_of(stack.begin(), stack.end(), [](const Frame& one) { return owner_of(one) == FrameOwner::project; });
  const auto is = [named](FrameOwner owner) {
    return [named, owner](const Frame& frame) {
      return (!named && may_hold_inlined_code(frame) ? FrameOwner::project : owner_of(frame)) == owner;
    };
  };
  const auto first = std::find_if_not(stack.begin(), stack.end(), is(FrameOwner::glue));
  if (first == stack.end()) return;
  // Nothing of the project is called from outside its outermost frame: there the thread was started, and the first
  // glue frame found on the way out is where that begins.
  auto outermost = std::find_if(stack.rbegin(), stack.rend(), is(FrameOwner::project));
  if (outermost == stack.rend()) outermost = std::find_if_not(stack.rbegin(), stack.rend(), is(FrameOwner::glue));
  const auto last = std::find_if(outermost.base(), stack.end(), is(FrameOwner::glue));
  std::vector<Frame> kept(std::make_move_iterator(first), std::make_move_iterator(last));
  // Between two frames of the project glue says nothing either: a library that calls back goes through its own.
  std::erase_if(kept, is(FrameOwner::glue));
  stack = std::move(kept);
}

}  // namespace tenter::analysis
