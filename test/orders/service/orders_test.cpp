// What the author of a service tests of it, on sundown::testing alone.
#include "orders.hpp"

#include <sundown/testing/eventually.hpp>
#include <sundown/testing/googletest.hpp>
#include <sundown/testing/in_process.hpp>
#include <sundown/testing/service.hpp>

#include <csignal>

using namespace sundown::testing;

// What is placed is listed, a page at most. In process: no binary, no signal, and the parts in the debugger.
TEST(Orders, ListsAPage) {
  in_process app(orders::identity(), orders::keys(), orders::build, {.settings = {{"orders.page", "1"}}});
  EXPECT_EQ(app.ask(post("/v1/orders", "a book", "text/plain")).status, 201);
  EXPECT_EQ(app.ask(post("/v1/orders", "a lamp", "text/plain")).body, "order 2\n");
  EXPECT_EQ(app.ask(get("/v1/orders")).body, "a book\n");
  EXPECT_NE(app.ask_admin(get("/metrics")).body.find("\norders_placed 2\n"), std::string::npos);
  EXPECT_EQ(app.stop().exit_code, 0) << app.log();
}

// An order under way at SIGTERM is answered, and then the ledger is closed: the real binary, a real signal.
TEST(Orders, FinishesWhatIsUnderWay) {
  service app({.program = ORDERS_BINARY, .settings = {{"orders.delay", "300ms"}}});
  ASSERT_TRUE(app.wait_ready()) << app.log();
  raw_client client;
  ASSERT_EQ(client.connect(app.http()), connecting::connected);
  client.send(post("/v1/orders", "a lamp", "text/plain"));
  const auto figures = [&] { return ask(app.admin(), get("/metrics")).body; };
  ASSERT_TRUE(eventually(ample, [&] { return figures().find("orders_requests_in_flight 1\n") != std::string::npos; }));
  app.signal(SIGTERM);
  EXPECT_EQ(client.read_response().status, 201);
  EXPECT_EQ(app.wait_exit().value_or(exit_report{}).code, 0) << app.log();
  EXPECT_TRUE(app.process().out().contains("ledger closed"));
}
