// The network that dies with the process: a network namespace whose only inhabitant is the service, as in a container.
#include "process/scenario.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace sundown::test {
namespace {

// Addresses of RFC 5737, for documentation: they exist in the two namespaces of this test only.
constexpr auto server_address = "192.0.2.2";
constexpr auto client_address = "192.0.2.1";

bool shell(const std::string& line) { return std::system((line + " 2>/dev/null").c_str()) == 0; }

/// Calls `use` on a thread that has a network namespace of its own; false if the machine doesn't allow one.
template <class Use>
bool in_own_network(Use use) {
  bool allowed = false;
  std::thread([&] {
    allowed = ::unshare(CLONE_NEWNET) == 0 && shell("ip link set lo up");
    if (allowed) use();
  }).join();
  return allowed;
}

/// The service in a further namespace, which ends with it, and a cable from there to the calling thread's.
class isolated_service {
 public:
  isolated_service() : process_(isolated(directory_.path())) {
    const auto where = wait_ready_line(process_.out());
    if (!where) throw std::runtime_error("the service did not become ready");
    http_ = {server_address, where->http.port};
    const auto pid = std::to_string(process_.pid());
    const auto inside = "nsenter -t " + pid + " -n ip ";
    if (!shell("ip link add outside type veth peer name inside netns " + pid) ||
        !shell(std::string("ip addr add ") + client_address + "/24 dev outside") || !shell("ip link set outside up") ||
        !shell(inside + "addr add " + server_address + "/24 dev inside") || !shell(inside + "link set inside up")) {
      throw std::runtime_error("no cable between the namespaces");
    }
  }

  const endpoint& http() const { return http_; }
  child_process& process() { return process_; }

 private:
  static command isolated(const std::filesystem::path& directory) {
    service_options options;
    options.environment =
        patient_with_answers({{"SUNDOWN_HTTP__ADDRESS", "0.0.0.0"}, {"SUNDOWN_ADMIN__ADDRESS", "0.0.0.0"}});
    auto whole = service_command(test_service(options), directory);
    whole.arguments.insert(whole.arguments.begin(), {"-n", whole.program});
    whole.program = "/usr/bin/unshare";
    return whole;
  }

  temp_dir directory_{data_directory()};
  child_process process_;
  endpoint http_;
};

// 600 kB to a client that reads nothing for a while come whole, though the network is gone the moment the process is.
TEST(DrainNamespace, OutlivesNoAnswerThatIsUnderWay) {
  const bool allowed = in_own_network([] {
    isolated_service app;
    raw_client client;
    client.set_receive_buffer(4 << 10);
    ASSERT_EQ(client.connect(app.http()), connecting::connected);
    ASSERT_EQ(client.send(get("/demo/bytes?n=600000")), sending::sent);
    ASSERT_TRUE(client.read_until("\r\n\r\n"));
    app.process().signal(SIGTERM);
    EXPECT_FALSE(app.process().wait_exit(2000ms)) << "it left while the client had read nothing";
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    EXPECT_EQ(answer.body.size(), 600'000U);
    EXPECT_EQ(client.read_until_end(), ending::fin);
    const auto end = app.process().wait_exit();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 0) << end->describe();
  });
  if (!allowed) GTEST_SKIP() << "needs root and iproute2 (apt-get install iproute2), to make network namespaces";
}

}  // namespace
}  // namespace sundown::test
