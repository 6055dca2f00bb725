#include "support/service.hpp"

#include "support/socket_table.hpp"

namespace sundown::test {

bool service::wait_all_read(milliseconds limit) const {
  return eventually(limit, [this] { return all_read(http().port); });
}

}  // namespace sundown::test
