// Channels, where C++ has more to say than Go: handles, and values that can only be moved. (conformance/channel_test.cc has
// the rest.)
#include <memory>
#include <stdexcept>
#include <type_traits>

#include "everywhere.h"

namespace tenter {
namespace {

// ---- handles ---------------------------------------------------------------------------------------------------------

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

// ---- values ----------------------------------------------------------------------------------------------------------

class Channel : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Channel, all_places(), place_name);

TEST_P(Channel, MoveOnlyValuesPass) {
  here([&] {
    for (const std::size_t capacity : {0u, 1u}) {
      const auto channel = make_chan<std::unique_ptr<int>>(capacity);
      spawn([=] { channel.send(std::make_unique<int>(9)); });
      const auto value = channel.recv();
      ASSERT_TRUE(value);
      EXPECT_EQ(**value, 9);
    }
    join();
  });
}

TEST_P(Channel, RangeOverAChannelOfMoveOnlyValues) {
  here([&] {
    const auto channel = make_chan<std::unique_ptr<int>>();
    spawn([=] {
      for (int i = 0; i < 3; ++i) { channel.send(std::make_unique<int>(i)); }
      channel.close();
    });
    int expected = 0;
    for (const auto& value : channel) { EXPECT_EQ(*value, expected++); }
    EXPECT_EQ(expected, 3);
    join();
  });
}

}  // namespace
}  // namespace tenter
