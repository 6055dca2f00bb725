#include "http2/outlet.hpp"

#include "http/worker_parts.hpp"
#include "http2/session.hpp"

#include <tuple>

namespace sundown::http2 {

using http::detail::transport;

namespace {

/// What is gathered for one write.
constexpr std::size_t most_at_once = 128 << 10;

}  // namespace

void outlet::gather(std::string& to) {
  const auto most = to.size() + most_at_once;
  while (to.size() < most || session_.owes_farewell()) {
    const std::uint8_t* frame = nullptr;
    const auto size = nghttp2_session_mem_send(library_, &frame);
    if (size < 0) return session_.lose_client();
    if (size == 0) return;
    to.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(size));
  }
}

void outlet::gather_behind() {
  if (waits_) gather(rest_);
}

void outlet::flush() {
  auto& client = session_.client();
  if (waits_ || client.lost()) return;
  for (;;) {
    scratch_.clear();
    gather(scratch_);
    if (client.lost()) return;
    if (scratch_.empty()) return session_.on_written();
    std::size_t sent = 0;
    while (sent < scratch_.size()) {
      const auto some = client.io().write(asio::buffer(scratch_) + sent);
      sent += some.bytes;
      if (some.how == transport::status::done) continue;
      if (some.how != transport::status::blocked) return session_.lose_client();
      rest_.assign(scratch_, sent);
      return await_writable();
    }
    const bool all = scratch_.size() < most_at_once;
    client.active(session_.now());
    session_.on_written();
    if (all) return;
    if (client.turn_over(clock::now())) {
      // Others first: a reader that is fast enough would never let this end.
      client.parts().turns.next([owner = session_.share()] { owner->go_on(); });
      return;
    }
  }
}

void outlet::await_writable() {
  waits_ = true;
  session_.client().begin_write_wait();
  session_.set_deadlines();
  session_.client().io().wait_writable()([this, owner = session_.share()](std::tuple<http::detail::error_code> result) {
    const auto failed = std::get<0>(result);
    on_writable(failed && failed != asio::error::operation_aborted);
  });
}

void outlet::on_writable(bool failed) {
  auto& client = session_.client();
  waits_ = false;
  client.end_write_wait();
  if (failed) client.ends(http::detail::fate::peer_gone);
  if (client.lost() || !client.goes_on()) return session_.stir();
  session_.set_deadlines();
  write_rest();
  session_.go_on();
}

void outlet::write_rest() {
  while (written_ < rest_.size()) {
    const auto some = session_.client().io().write(asio::buffer(rest_) + written_);
    written_ += some.bytes;
    if (some.how == transport::status::done) continue;
    if (some.how == transport::status::blocked) return await_writable();
    return session_.lose_client();
  }
  std::string().swap(rest_);
  written_ = 0;
}

}  // namespace sundown::http2
