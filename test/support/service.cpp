#include "support/service.hpp"

#include "support/testing.hpp"
#include "wire/socket_table.hpp"

namespace sundown::test {

bool service::wait_all_read(milliseconds limit) const {
  return eventually(limit, [this] { return all_read(http().port); });
}

std::string service::written() {
  process().out().wait_end();
  process().err().wait_end();
  return process().out().text() + process().err().text();
}

}  // namespace sundown::test
