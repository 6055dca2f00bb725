// What can be seen from outside while the service starts.
#include "process/listening_socket.hpp"
#include "process/scenario.hpp"

namespace sundown::test {
namespace {

/// A port that is free for the service, and refuses until that listens there.
class kept_port {
 public:
  kept_port() {
    const int on = 1;
    if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
      throw std::system_error(errno, std::generic_category(), "kept port");
  }
  const endpoint& where() const { return socket_.where(); }
  std::string number() const { return std::to_string(where().port); }

 private:
  listening_socket socket_{0, false};
};

connecting connect_to(const endpoint& where) {
  raw_client client;
  return client.connect(where);
}

// Who waits for the admin listener finds the service's own open, too.
TEST(StartOrder, AdminListenerIsTheLastToOpen) {
  const kept_port http, admin;
  service app(with({{"SUNDOWN_HTTP__PORT", http.number()}, {"SUNDOWN_ADMIN__PORT", admin.number()}}));
  const deadline end(ample);
  while (connect_to(admin.where()) == connecting::refused && !end.passed()) {
  }
  EXPECT_EQ(connect_to(http.where()), connecting::connected);
  EXPECT_EQ(ask(http.where(), get("/hello")).status, 200);
  EXPECT_EQ(ask(admin.where(), get("/live")).status, 200);
}

}  // namespace
}  // namespace sundown::test
