#include "record/crc32c.h"

#include <gtest/gtest.h>

#include <string_view>

using tenter::record::crc32c;

namespace {

TEST(Crc32c, agrees_with_the_examples_of_rfc_3720) {
  unsigned char zeros[32] = {};
  EXPECT_EQ(crc32c(0, zeros, sizeof zeros), 0x8a9136aau);
  unsigned char rising[32];
  for (unsigned i = 0; i < 32; ++i) { rising[i] = static_cast<unsigned char>(i); }
  EXPECT_EQ(crc32c(0, rising, sizeof rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(0, "123456789", 9), 0xe3069283u);
}

TEST(Crc32c, goes_on_where_it_stopped) {
  constexpr std::string_view text = "a recording is a header and then chunks";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(crc32c(0, text.data(), cut), text.data() + cut, text.size() - cut),
              crc32c(0, text.data(), text.size()));
  }
}

}  // namespace
