// An order needs the stock, a parcel and the money, all at once. The first that fails ends the others.
#include <tenter/tenter.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

struct Order {
  int pieces = 0;
  int cents = 0;
};

void reserve_stock(const Order& order) {
  if (order.pieces > 10) { throw std::runtime_error("only 10 in stock"); }
}
void book_parcel(const tenter::Context& context, bool carrier_answers) {
  if (!carrier_answers) { context.done().recv(); }  // until somebody else has failed
}
void charge(const Order& order) {
  if (order.cents <= 0) { throw std::runtime_error("nothing to pay"); }
}

std::string check_out(const Order& order, bool carrier_answers) {
  tenter::TaskGroup steps(tenter::background());
  steps.go({.name = "inventory"}, [&] { reserve_stock(order); });
  steps.go({.name = "shipping"}, [&] { book_parcel(steps.context(), carrier_answers); });
  steps.go({.name = "payment"}, [&] { charge(order); });
  try {
    steps.wait();
    return "ordered";
  } catch (const std::exception& error) { return std::string("refused: ") + error.what(); }
}

}  // namespace

int main() {
  return tenter::run([] {
    std::printf("%s\n", check_out({2, 1999}, true).c_str());
    std::printf("%s\n", check_out({20, 1999}, false).c_str());
    std::printf("%s\n", check_out({2, 0}, false).c_str());
  });
}
