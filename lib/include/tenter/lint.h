// What the static checks (`tenter lint`, docs/lint.md) are told about a function, in its declaration. The checks define
// TENTER_LINTING; in every other compilation all of this is nothing.
//
//   void produce(TENTER_CLOSES Chan<int> out);      // defined in another file
//
//   auto numbers = make_chan<int>();
//   produce(numbers);
//   numbers.close();                                // warning: `numbers` is closed twice
//
// They stand before a parameter that is a channel, and tell all that the function does with it, so that its body need not
// be seen; several may stand side by side. A parameter without one, of a function without a body in sight, is taken to be
// used in ways that nobody knows, about which nothing is said.
#pragma once

#if defined(TENTER_LINTING)
#define TENTER_LINT(what) [[clang::annotate("tenter:" what)]]
#else
#define TENTER_LINT(what)
#endif

// The function closes the channel, on every path, before it returns.
#define TENTER_CLOSES TENTER_LINT("closes")
// The function, or a task that it starts, will close the channel some time: nobody else may.
#define TENTER_OWNS_CLOSE TENTER_LINT("owns-close")
// The function sends on the channel before it returns, so it must be open.
#define TENTER_SENDS TENTER_LINT("sends")
// The function receives from the channel.
#define TENTER_RECEIVES TENTER_LINT("receives")

// In front of a function: warnings of one check are not wanted in it. `id` is the check's, such as "chan-double-close".
#define TENTER_LINT_ALLOW(id) TENTER_LINT("allow:" id)
