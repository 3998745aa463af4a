// Channel handles as C++ sees them. (conformance/channel_test.cc has what Go says too, value_test.cc what becomes of values.)
#include <stdexcept>
#include <type_traits>

#include "everywhere.h"

namespace tenter {
namespace {

static_assert(!std::is_convertible_v<Chan<int>, bool> && std::is_constructible_v<bool, Chan<int>>);
static_assert(std::is_base_of_v<std::logic_error, Error> && std::is_base_of_v<Error, ClosedChannelError> &&
              std::is_base_of_v<Error, NilChannelError> && std::is_base_of_v<Error, NegativeWaitGroupError> &&
              std::is_base_of_v<Error, UnlockError>);

TEST(ChannelHandle, AssignmentAndMove) {
  Chan<int> a = make_chan<int>(1);
  a.send(5);
  Chan<int> b;
  b = a;
  EXPECT_EQ(b.len(), 1u);
  Chan<int> c = std::move(b);
  EXPECT_EQ(c, a);
  c = make_chan<int>();
  EXPECT_NE(c, a);
  EXPECT_EQ(a.recv(), 5);
  const Chan<int>& same = a;
  a = same;
  EXPECT_FALSE(a.is_nil());
}

}  // namespace
}  // namespace tenter
