// Statement 129: contexts order. (The others about contexts are in ../context_test.cc.)
#include "conformance.h"

namespace tenter {
namespace {

TEST_P(Conformance, S129_what_was_done_before_cancel_is_seen_after_done) {
  here([&] {
    for (int i = 0; i < 50; ++i) {
      const auto [context, cancel] = with_cancel(background());
      const Context child = with_cancel(context).first;
      int value = 0;
      spawn([&, child] {
        (void)child.done().recv();
        EXPECT_EQ(value, 7);
      });
      value = 7;
      cancel();
      join();
    }
  });
}

}  // namespace
}  // namespace tenter
