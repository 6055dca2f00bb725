// The kit that the other process tests stand on, tried on programs whose behaviour is known.
#include "support/packet_filters.hpp"
#include "support/service.hpp"
#include "support/testing.hpp"
#include "wire/reserved_port.hpp"
#include "wire/socket_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <fstream>
#include <set>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

using testing::HasSubstr;

/// A listener on a free port; the test plays the server by hand.
class listener {
 public:
  listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    ::listen(fd_.get(), 8);
    socklen_t size = sizeof where;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&where), &size);
    where_ = {"127.0.0.1", ntohs(where.sin_port)};
  }
  const endpoint& where() const { return where_; }
  unique_fd accept() const { return unique_fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  void close() { fd_.reset(); }

 private:
  unique_fd fd_;
  endpoint where_;
};

void write_all(const unique_fd& to, std::string_view bytes) {
  ASSERT_EQ(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

/// A connection with both its ends.
struct linked_pair {
  listener server;
  raw_client client;
  unique_fd peer;

  linked_pair() {
    EXPECT_EQ(client.connect(server.where()), connecting::connected);
    peer = server.accept();
  }
};

command shell(std::string script) { return {"/bin/sh", {"-c", std::move(script)}, {"PATH=/usr/bin:/bin"}}; }

// A port on which nobody listens is told from one that answers.
TEST(RawClient, SaysRefused) {
  listener server;
  server.close();
  EXPECT_EQ(raw_client{}.connect(server.where()), connecting::refused);
}

// An answer is whole when Content-Length bytes have come, and the next one on the connection is a new answer.
TEST(RawClient, ReadsAnswersByContentLength) {
  linked_pair link;
  write_all(link.peer,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 404 Not Found\r\nConnection: close\r\n"
            "Content-Length: 6\r\n\r\nsecond");
  const auto first = link.client.read_response(), second = link.client.read_response();
  EXPECT_TRUE(first.whole());
  EXPECT_EQ(first.body, "first");
  EXPECT_FALSE(first.says_close());
  EXPECT_TRUE(second.whole());
  EXPECT_EQ(second.status, 404);
  EXPECT_TRUE(second.says_close());
}

// A chunked answer is whole with its last chunk and trailer; data after it is left for the next answer.
TEST(RawClient, ReadsChunkedAnswers) {
  linked_pair link;
  write_all(link.peer,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n"
            "Sum: 1\r\n\r\nrest");
  const auto answer = link.client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body, "abc0123456789abcdef");
  EXPECT_EQ(link.client.received(), "rest");
}

// An answer without a length ends with the connection; one with a length that ends early is torn.
TEST(RawClient, TellsWholeFromTornAtTheEnd) {
  for (const auto& [head, whole] :
       {std::pair{"HTTP/1.1 200 OK\r\n\r\n", true}, std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", false},
        std::pair{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n", false}}) {
    linked_pair link;
    write_all(link.peer, std::string(head) + "data");
    link.peer.reset();
    const auto answer = link.client.read_response();
    EXPECT_EQ(answer.whole(), whole) << answer.describe();
    EXPECT_EQ(answer.body, "data");
    EXPECT_EQ(answer.end, ending::fin);
  }
}

// The three ways in which a connection can end are told apart.
TEST(RawClient, TellsFinFromResetFromSilence) {
  linked_pair fin, rst, silent;
  fin.peer.reset();
  EXPECT_EQ(fin.client.read_until_end(), ending::fin);
  const linger at_once{1, 0};
  ::setsockopt(rst.peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  rst.peer.reset();
  EXPECT_EQ(rst.client.read_until_end(), ending::rst);
  EXPECT_EQ(silent.client.read_until_end(20ms), ending::timed_out);
}

// reset() reaches the peer as RST, half_close() as the end of the input.
TEST(RawClient, EndsAsAsked) {
  linked_pair rst, half;
  char byte = 0;
  rst.client.reset();
  EXPECT_EQ(::recv(rst.peer.get(), &byte, 1, 0), -1);
  half.client.half_close();
  EXPECT_EQ(::recv(half.peer.get(), &byte, 1, 0), 0);
  write_all(half.peer, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(half.client.read_response().whole());
}

// A server that reads nothing makes send() end at its limit.
TEST(RawClient, SendIsBounded) {
  linked_pair link;
  EXPECT_EQ(link.client.send(std::string(64 << 20, 'x'), 100ms), sending::timed_out);
}

// What is sent and not read yet shows in the socket table.
TEST(SocketTable, ShowsUnreadBytes) {
  linked_pair link;
  EXPECT_TRUE(eventually(ample, [&] { return all_read(link.server.where().port); }));
  ASSERT_EQ(link.client.send("GET"), sending::sent);
  EXPECT_TRUE(eventually(ample, [&] { return !all_read(link.server.where().port); }));
  char bytes[8];
  EXPECT_EQ(::recv(link.peer.get(), bytes, sizeof bytes, 0), 3);
  EXPECT_TRUE(eventually(ample, [&] { return all_read(link.server.where().port); }));
  EXPECT_THAT(listening_ports(::getpid()), testing::ElementsAre(link.server.where().port));
}

// An exit code and a death by signal are different ends.
TEST(ChildProcess, ReportsHowItEnded) {
  child_process exits(shell("exit 7")), killed(shell("exec sleep 60"));
  const auto code = exits.wait_exit();
  ASSERT_TRUE(code);
  EXPECT_EQ(code->code, 7);
  EXPECT_FALSE(killed.wait_exit(10ms));
  killed.signal(SIGKILL);
  const auto death = killed.wait_exit();
  ASSERT_TRUE(death);
  EXPECT_EQ(death->code, -1);
  EXPECT_EQ(death->signal, SIGKILL);
}

// Both outputs are captured by line, and a line that is waited for is found whenever it was written.
TEST(ChildProcess, CapturesItsOutput) {
  child_process child(shell("echo one; echo two >&2; read forever; echo never"));
  EXPECT_EQ(child.out().wait_for("on"), "one");
  EXPECT_EQ(child.err().wait_for("two"), "two");
  ASSERT_TRUE(child.wait_exit());  // stdin is /dev/null, so read ends
  EXPECT_TRUE(child.out().wait_end());
  EXPECT_EQ(child.out().text(), "one\nnever\n");
  EXPECT_FALSE(child.out().wait_for("missing"));
}

// It can be seen whether a process handles a signal.
TEST(ChildProcess, SeesWhenASignalIsHandled) {
  child_process handles(shell("trap 'echo caught; exit 5' TERM; echo set; while :; do sleep 0.01; done"));
  ASSERT_TRUE(handles.wait_handles(SIGTERM));
  ASSERT_TRUE(handles.out().wait_for("set"));
  handles.signal(SIGTERM);
  const auto end = handles.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 5);
  child_process plain(shell("exec sleep 60"));
  EXPECT_FALSE(plain.wait_handles(SIGTERM, 50ms));
}

// A paused reader lets the pipe fill up until the writer blocks; resumed, nothing is missing.
TEST(ChildProcess, BlocksItsWriterWhilePaused) {
  const temp_dir place;
  const auto paused = (place.path() / "paused").string();
  auto what = shell("until [ -e " + paused + " ]; do sleep 0.01; done; i=0; " +
                    "while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo done >&2");
  what.pipe_size = 4096;
  child_process child(what);
  child.out().pause();
  std::ofstream(paused).close();
  EXPECT_FALSE(child.err().wait_for("done", 200ms));
  child.out().resume();
  EXPECT_TRUE(child.err().wait_for("done"));
  EXPECT_TRUE(child.out().wait_for("line 1999"));
}

// A closed reader makes the next write fail with SIGPIPE, which the child has at its default.
TEST(ChildProcess, BreaksThePipeWhenClosed) {
  child_process child(shell("while :; do echo more; done"));
  ASSERT_TRUE(child.out().wait_for("more"));
  child.out().close();
  const auto end = child.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, SIGPIPE) << end->describe();
}

// The addresses are found in both log formats.
TEST(Service, FindsAddressesInTheReadyLine) {
  const auto text = endpoint_in("12:00:00 info ready http=127.0.0.1:4711 admin=[::1]:4712", "http");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->address, "127.0.0.1");
  EXPECT_EQ(text->port, 4711);
  const auto json = endpoint_in(R"({"message":"ready","http":"127.0.0.1:4711","admin":"[::1]:4712"})", "admin");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->address, "::1");
  EXPECT_EQ(json->port, 4712);
  EXPECT_FALSE(endpoint_in("ready", "http"));
}

// Of many, which chance alone would give twice, each is another, free, and none that the kernel gives to somebody.
TEST(ReservedPort, IsNobodyElses) {
  unsigned first = 0, last = 0;
  ASSERT_TRUE(std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last);
  std::vector<reserved_port> all(800);
  std::set<unsigned> numbers;
  for (const auto& one : all) {
    EXPECT_TRUE(is_free(one.number()));
    EXPECT_FALSE(one.number() >= first && one.number() <= last) << one.number();
    numbers.insert(one.number());
  }
  EXPECT_EQ(numbers.size(), all.size());
}

// Where packet filters are refused nothing else is: the same call for another option goes through.
TEST(PacketFilters, AreAllThatIsRefused) {
  std::thread([] {  // it would stay so for the whole program
    const unique_fd datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sock_filter keep_all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
    const sock_fprog program{1, &keep_all};
    const auto attach = [&] {
      return ::setsockopt(datagrams.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    };
    EXPECT_EQ(attach(), 0);
    ASSERT_TRUE(refuse_packet_filters());
    EXPECT_EQ(attach(), -1);
    EXPECT_EQ(errno, EPERM);
    const int on = 1;
    EXPECT_EQ(::setsockopt(datagrams.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  })
      .join();
}

}  // namespace
}  // namespace sundown::test
