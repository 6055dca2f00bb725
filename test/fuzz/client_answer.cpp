// What a server answers to a call, and the URL of the call.
//
// The input: a first line; with an 'H' in it the request was HEAD. Then the answer: however it is cut, the same is
// read. It is tried as a URL, too.
#include "http_client/answer_reader.hpp"
#include "http_client/url.hpp"

#include "fuzz/conversation.hpp"
#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <sundown/testing/unique_fd.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <stdexcept>

#include <sys/socket.h>

namespace sundown::fuzz {

namespace {

using namespace http_client;

struct answer_outcome {
  std::optional<std::string> read = {};  ///< nothing: the reader still waits
  bool failed = false;
};

void tell_fault(answer_outcome& into, const error& fault) {
  require(fault.code == errc::unavailable && !fault.detail.empty() && fault.shown.empty(), "a fault is for the log");
  into.failed = true;
  into.read = fault.detail;
}

asio::awaitable<void> read_answer(connection& from, bool to_head, answer_outcome& into) {
  answer_reader reader(from, to_head);
  const auto head = co_await reader.read_head();
  if (!head) {
    tell_fault(into, head.error());
    co_return;
  }
  require(reader.status() >= 200 && reader.status() <= 999, "the answer is the final one");
  std::string all = std::to_string(reader.status()) + '\n';
  for (const auto& [name, value] : reader.headers()) all += name + ": " + value + '\n';
  for (;;) {
    const auto piece = co_await reader.read_piece();
    if (!piece) {
      tell_fault(into, piece.error());
      co_return;
    }
    if (piece->empty()) break;
    all += *piece;
  }
  require(!to_head || all.ends_with('\n'), "an answer to HEAD has no body", all);
  into.read = all;
}

answer_outcome answer_in_pieces(std::string_view bytes, bool to_head, const std::vector<std::size_t>& ends) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("no pair of sockets");
  testing::unique_fd server(pair[0]);
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.assign(asio::ip::tcp::v4(), pair[1]);
  connection from(std::move(socket));
  answer_outcome outcome;
  std::exception_ptr thrown;
  asio::co_spawn(context, read_answer(from, to_head, outcome), [&](std::exception_ptr fault) { thrown = fault; });
  const auto run = [&] {
    while (context.poll() > 0) {
    }
  };
  std::size_t begin = 0;
  for (const auto end : ends) {
    while (begin < end) {
      const auto sent = ::send(server.get(), bytes.data() + begin, end - begin, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) begin += static_cast<std::size_t>(sent);
      run();
      if (sent <= 0 && outcome.read) break;  // its buffer is full, and nobody reads any more
    }
    run();
  }
  ::shutdown(server.get(), SHUT_WR);
  run();
  if (thrown) std::rethrow_exception(thrown);
  require(outcome.read.has_value(), "an answer ends with its connection, whole or as a fault");
  return outcome;
}

void require_url_is_whole(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) {
    const auto query = text.find('?');
    const auto secret = query == text.npos ? std::string_view() : text.substr(query);
    require(url.error().code == errc::malformed, "what is no URL is malformed");
    require(secret.size() < 4 || url.error().detail.find(secret) == std::string::npos, "a fault tells no query");
    return;
  }
  require(url->target.starts_with('/'), "a target is a path", url->target);
  const auto again = parse_url(url->where.text() + url->target);
  require(again && again->where == url->where && again->target == url->target, "the parts are those of the URL",
          url->where.text() + url->target, text);
}

}  // namespace

void client_answer(std::string_view input) {
  const auto line = input.find('\n');
  const bool to_head = input.substr(0, line).find('H') != input.npos;
  const auto bytes = line == input.npos ? input : input.substr(line + 1);
  const auto whole = answer_in_pieces(bytes, to_head, {bytes.size()});
  const auto cut = answer_in_pieces(bytes, to_head, cuts_of(bytes, 4));
  require(cut.failed == whole.failed && cut.read == whole.read, "an answer is the same, however it came", *cut.read,
          *whole.read);
  require_url_is_whole(bytes);
}

}  // namespace sundown::fuzz
