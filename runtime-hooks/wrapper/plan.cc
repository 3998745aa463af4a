// The recorder takes the place of libtsan: -fsanitize=thread makes the calls, and our shared library answers them.
//
// clang can be told to link no sanitizer runtime. gcc cannot: there, -B puts a folder with an empty libtsan in front
// of gcc's own, which also serves a one-step compile-and-link and a -fsanitize=thread of the user's.
//
// A static program has the recorder as an object of its own, and with it a libc in which the functions that we stand before go
// by other names (cmake/static_recorder.cmake); the linker finds that one first.
#include "wrapper/plan.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace tenter::wrapper {
namespace {

namespace fs = std::filesystem;

// Sanitizers that put their own runtime in the place where the recorder has to stand.
bool excludes_recording(std::string_view sanitizer) {
  constexpr std::string_view names[] = {"address",  "kernel-address", "hwaddress", "memory",   "leak",     "fuzzer",
                                        "dataflow", "memtag",         "type",      "realtime", "numerical"};
  return std::ranges::find(names, sanitizer) != std::end(names);
}

std::string refusal_for(const Request& request, const CommandLine& line) {
  if (request.mode == Mode::off) return {};
  for (const std::string& sanitizer : line.sanitizers) {
    if (excludes_recording(sanitizer))
      return "-fsanitize=" + sanitizer +
             " cannot be combined with --tenter-mode=" + (request.mode == Mode::record ? "record" : "tsan") +
             "; drop one of them, or say --tenter-mode=off.";
  }
  if (!line.links) return {};
  if (request.mode == Mode::tsan && line.fully_static)
    return "-static cannot be combined with --tenter-mode=tsan, because ThreadSanitizer stands before libc; link "
           "dynamically, or say --tenter-mode=off.";
  if (request.mode != Mode::record) return {};
  if (line.fully_static && line.lacks_defaults)
    return "a static program without the compiler's own start-up files and libraries cannot be recorded, because that is where "
           "the recorder has its place; leave out -nostdlib and its like, or say --tenter-mode=off.";
  const bool needs_other_runtime = std::ranges::any_of(line.sanitizers, [](const std::string& name) {
    return name != "thread" && !name.starts_with("cfi") && name != "safe-stack" && name != "shadow-call-stack";
  });
  if (request.family == Family::clang && needs_other_runtime && !line.sanitizer_traps)
    return "clang cannot link the runtime of -fsanitize=" + line.sanitizers.back() +
           " beside the recorder; add -fsanitize-trap=all, or use g++ (TENTER_CXX=g++-12, TENTER_CC=gcc-12).";
  return {};
}

void append(Arguments& to, std::initializer_list<std::string> words) { to.insert(to.end(), words); }

// Is a static program linked that is to be recorded?
bool records_static(const Request& request, const CommandLine& line) {
  return request.mode == Mode::record && line.links && line.fully_static;
}

void append_compile_arguments(const Request& request, const CommandLine& line, const Installation& installation,
                              Arguments& to) {
  for (const fs::path& dir : installation.include_dirs) append(to, {"-isystem", dir.string()});
  if (request.lint) append(to, {"-fplugin=" + installation.lint.string()});
  if (request.mode == Mode::off) return;
  // gcc's driver refuses to link a static program with this option, whatever for.
  if (request.family == Family::gcc && records_static(request, line))
    append(to, {"-specs=" + installation.static_specs.string()});
  else append(to, {"-fsanitize=thread"});
  if (request.mode != Mode::record) return;
  append(to, {"-isystem", installation.strings_dir.string()});
  if (request.family == Family::gcc) {
    append(to, {"-Wno-tsan"});  // it says that fences are not supported; by the recorder they are
    // Where gcc knows the size it stores by itself, and tells nobody; a call is seen.
    append(to, {"-fno-builtin-memcpy", "-fno-builtin-mempcpy", "-fno-builtin-memmove", "-fno-builtin-memset",
                "-fno-builtin-bzero", "-fno-builtin-strcpy", "-fno-builtin-stpcpy", "-fno-builtin-strncpy",
                "-fno-builtin-strcat"});
    return;
  }
  // clang leaves out a read that the same block follows by a write, and `y++` would be a write alone: too little to tell
  // which other orders of the run are possible.
  append(to, {"-mllvm", "-tsan-instrument-read-before-write"});
  // Our plug-in leaves out calls that would tell nothing new, and makes those for parts of locals, which clang 19 leaves out.
  // Then all reads are there, and the identity goes: one that is still in a program tells of an object that was compiled
  // without this (analyzer/symbolize/elf_compilers.h).
  if (request.pass && fs::exists(installation.pass)) append(to, {"-fpass-plugin=" + installation.pass.string(), "-Qn"});
#if defined(__x86_64__)
  // clang leaves accesses of 32 and 64 bytes uninstrumented; 16 bytes are the widest that we get to see.
  append(to, {"-mprefer-vector-width=128"});
#endif
}

// The shared library of the mode and the object file that goes into the program itself; empty paths where it has none.
std::pair<fs::path, fs::path> parts_in_program(const Request& request, const CommandLine& line,
                                               const Installation& installation) {
  if (records_static(request, line)) return {{}, installation.static_dir / "recorder.o"};
  switch (request.mode) {
    case Mode::record: return {installation.recorder, installation.near_callbacks};
    case Mode::tsan: return {installation.detector, installation.on_report};
    case Mode::off: break;
  }
  return {};
}

// The libc that goes with the recorder, and options by which the linker puts hooks before functions of other libraries.
void append_static_arguments(const Request& request, const CommandLine& line, const fs::path& dir, Arguments& to) {
  append(to, {"-L" + dir.string()});
  const auto append_options = [&](const char* library) {
    append(to, {"-Wl,@" + (dir / (std::string(library) + ".options")).string()});
  };
  if (request.cxx) append_options("stdc++");
  if (line.wants_atomic) append_options("atomic");
  if (line.wants_openmp && request.family == Family::gcc) append_options("gomp");
}

void append_link_arguments(const Request& request, const CommandLine& line, const Installation& installation,
                           Arguments& to) {
  const std::string library_dir = installation.library_dir.string();
  append(to, {"-L" + library_dir});
  if (request.mode == Mode::tsan) append(to, {"-fsanitize=thread"});
  if (request.mode == Mode::record) {
    if (request.family == Family::clang) append(to, {"-fno-sanitize-link-runtime"});
    else append(to, {"-B" + installation.gcc_dir.string()});
  }
  // First of all libraries, so that the recorder's malloc and pthread functions are found before anybody else's.
  const auto [shared, inside] = parts_in_program(request, line, installation);
  if (!shared.empty()) append(to, {"-Wl,--push-state,--no-as-needed", shared.string(), "-Wl,--pop-state"});
  if (!inside.empty()) append(to, {inside.string()});
  if (records_static(request, line)) append_static_arguments(request, line, installation.static_dir, to);
  else if (!shared.empty() || line.wants_library) append(to, {"-Wl,-rpath," + library_dir});
}

}  // namespace

std::optional<Mode> mode_named(std::string_view name) {
  if (name == "record") return Mode::record;
  if (name == "tsan") return Mode::tsan;
  if (name == "off") return Mode::off;
  return std::nullopt;
}

std::optional<Family> family_named(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (has("clang")) return Family::clang;
  if (has("g++") || has("gcc")) return Family::gcc;
  return std::nullopt;
}

std::string package_of(std::string_view compiler) {
  const std::size_t dash = compiler.rfind('-');
  const bool versioned = dash != compiler.npos && dash + 1 < compiler.size() &&
                         std::ranges::all_of(compiler.substr(dash + 1), [](char c) { return c >= '0' && c <= '9'; });
  const std::string version(versioned ? compiler.substr(dash) : "");
  if (family_named(compiler) == Family::clang) return "clang" + version;
  if (compiler.find("g++") != compiler.npos) return "g++" + version;
  if (compiler.find("gcc") != compiler.npos) return "gcc" + version;
  return {};
}

bool loads_pass(const fs::path& program) {
  const fs::path prefix = program.parent_path().parent_path();
  return prefix.filename() == "llvm-" TENTER_PASS_LLVM_MAJOR && program.filename().string().starts_with("clang") &&
         fs::exists(prefix / "lib" / "libLLVM.so." TENTER_PASS_LLVM_MAJOR ".1");
}

Installation installation_at(const fs::path& prefix) {
  Installation found;
  found.library_dir = prefix / "lib";
  found.gcc_dir = found.library_dir / "tenterhook" / "gcc";
  found.strings_dir = found.library_dir / "tenterhook" / "libstdc++";
  found.recorder = found.library_dir / "libtenter_record.so";
  found.pass = found.library_dir / "tenterhook" / "tenter_pass.so";
  found.lint = found.library_dir / "tenterhook" / "tenter_lint.so";
  found.near_callbacks = found.library_dir / "tenterhook" / "near_callbacks.o";
  found.static_dir = found.library_dir / "tenterhook" / "static";
  found.end_of_program = found.library_dir / "tenterhook" / "end_of_program.o";
  found.static_specs = found.gcc_dir / "static.specs";
  found.detector = found.library_dir / "libtenter_tsan.so";
  found.on_report = found.library_dir / "tenterhook" / "on_report.o";
  if (std::ifstream dirs(prefix / "share" / "tenterhook" / "include-dirs"); dirs) {
    for (std::string dir; std::getline(dirs, dir);) found.include_dirs.emplace_back(dir);
  } else if (prefix != "/usr" && prefix != "/usr/local") {
    found.include_dirs.push_back(prefix / "include");  // elsewhere the compiler looks there by itself
  }
  return found;
}

Plan make_plan(const Request& request, const Installation& installation) {
  const CommandLine line = read_command_line(request.arguments);
  Plan plan;
  plan.refusal = refusal_for(request, line);
  if (plan.refusal.empty() && request.mode != Mode::off && line.links) {
    const auto [shared, inside] = parts_in_program(request, line, installation);
    for (const fs::path& part : {shared, inside}) {
      if (part.empty() || fs::exists(part)) continue;
      plan.refusal = part.string() + " is missing; build or install Tenterhook completely (./dev build).";
      if (records_static(request, line))
        plan.refusal =
            part.string() +
            " is missing, because there was no libc.a when Tenterhook was built; install it (Debian: libc6-dev) "
            "and build again, or link dynamically.";
      plan.refusal_status = 3;
      break;
    }
  }
  if (plan.refusal.empty() && request.lint && !fs::exists(installation.lint)) {
    plan.refusal = installation.lint.string() +
                   " is missing, so there are no checks for --tenter-lint; install libclang-" +
                   TENTER_PASS_LLVM_MAJOR "-dev and build again, or leave the option out.";
    plan.refusal_status = 3;
  }
  plan.command = request.compiler;
  Arguments ours;
  if (line.compiles) append_compile_arguments(request, line, installation, ours);
  if (line.links) append_link_arguments(request, line, installation, ours);
  // A flag of ours that some step has no use for (an assembler file, a link with nothing to compile) is not the user's
  // fault and must not trip their -Werror.
  const bool guard = request.family == Family::clang && !ours.empty();
  if (guard) append(plan.command, {"--start-no-unused-arguments"});
  plan.command.insert(plan.command.end(), ours.begin(), ours.end());
  if (guard) append(plan.command, {"--end-no-unused-arguments"});
  plan.command.insert(plan.command.end(), request.arguments.begin(), request.arguments.end());
  // Not as a file, which a -x before it would make a source. Behind a lone -- it would be one; without it all code counts as the program's.
  if (records_static(request, line) && std::ranges::find(request.arguments, "--") == request.arguments.end())
    append(plan.command, {"-Wl," + installation.end_of_program.string()});
  return plan;
}

}  // namespace tenter::wrapper
