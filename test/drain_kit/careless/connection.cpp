#include "drain_kit/careless/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace careless {
namespace {

int number_in(std::string_view head, std::string_view before) {
  const auto at = head.find(before);
  return at == std::string_view::npos ? 0 : std::atoi(head.data() + at + before.size());
}

}  // namespace

connection::heard connection::hear(milliseconds after_signal) {
  for (;;) {
    char piece[65536];
    const auto n = client_->read(piece, sizeof piece);
    if (n > 0) return input_.append(piece, static_cast<std::size_t>(n)), heard::bytes;
    if (n == 0 || errno != EAGAIN) return heard::end;
    pollfd both[] = {{client_->socket(), POLLIN, 0}, {stop_.event(), POLLIN, 0}};
    const bool stopping = stop_.stopping();
    const auto limit = stopping ? stop_.left_of(after_signal) : milliseconds(-1);
    const int ready = ::poll(both, stopping ? 1 : 2, static_cast<int>(limit.count()));
    if (ready == 0) return heard::late;
    if (both[0].revents == 0) return heard::stopping;
  }
}

bool connection::read_head() {
  for (;;) {
    const auto end = input_.find("\r\n\r\n");
    if (end != std::string::npos) {
      head_ = input_.substr(0, end + 4);
      input_.erase(0, end + 4);
      used_ = true;
      return true;
    }
    const bool idle = input_.empty();
    auto bound = idle ? milliseconds(idle_grace) : milliseconds(patience);
    if (idle && stop_.fails(fault::closes_idle_at_once)) return used_ ? false : (client_->give_up(), false);
    if (idle && !used_ && stop_.fails(fault::closes_untouched)) return client_->give_up(), false;
    if (idle && long_answer_ && stop_.fails(fault::exits_unacknowledged)) return false;
    if (!idle && input_.size() < 2 && stop_.fails(fault::drops_first_byte)) return client_->give_up(), false;
    if ((idle && stop_.has(fault::keeps_idle)) || (!idle && stop_.has(fault::waits_for_heads))) bound = 3600s;
    switch (hear(bound)) {
      case heard::bytes:
      case heard::stopping:
        break;
      case heard::late:
        if (!idle) reply(408, "late");
        return false;
      case heard::end:
        return false;
    }
  }
}

bool connection::read_body(std::size_t size) {
  while (input_.size() < size) {
    if (stop_.fails(fault::drops_uploads)) return client_->give_up(), false;
    switch (hear(patience)) {
      case heard::bytes:
      case heard::stopping:
        break;
      case heard::late:
      case heard::end:
        return false;
    }
  }
  input_.erase(0, size);
  return true;
}

std::string connection::close_field() {
  // Decided once for each answer: who has not been told goes on being served.
  said_close_ = manner_ != manner::keeps || (stop_.stopping() && input_.empty());
  return said_close_ && manner_ != manner::http_1_0 && !stop_.has(fault::forgets_close) ? "Connection: close\r\n" : "";
}

std::string connection::head_of(int status, std::size_t size) {
  const bool old = manner_ == manner::http_1_0;
  const auto length = old ? "" : "Content-Length: " + std::to_string(size) + "\r\n";
  return (old ? "HTTP/1.0 " : "HTTP/1.1 ") + std::to_string(status) + " OK\r\n" + length + close_field() + "\r\n";
}

bool connection::say(std::string_view text) {
  while (!text.empty()) {
    const auto n = client_->write(text);
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno != EAGAIN) return false;
    if (stop_.fails(fault::tears_answer)) return client_->give_up(), false;
    pollfd both[] = {{client_->socket(), POLLOUT, 0}, {stop_.event(), POLLIN, 0}};
    const bool stopping = stop_.stopping();
    const auto limit = !stopping || stop_.has(fault::waits_for_readers) ? milliseconds(-1) : milliseconds(patience);
    if (::poll(both, stopping ? 1 : 2, static_cast<int>(limit.count())) == 0) return client_->give_up(), false;
  }
  return true;
}

bool connection::reply(int status, std::string_view body) {
  return say(head_of(status, body.size()) + std::string(body));
}

bool connection::say_body(std::size_t size) {
  long_answer_ = true;
  if (!say(head_of(200, size))) return false;
  const std::string piece(64 << 10, 'b');
  for (std::size_t sent = 0; sent < size; sent += piece.size())
    if (!say(std::string_view(piece).substr(0, std::min(piece.size(), size - sent)))) return false;
  return true;
}

bool connection::answer_slowly(int milliseconds_asked) {
  const auto end = clock::now() + milliseconds(milliseconds_asked);
  for (auto now = clock::now(); now < end; now = clock::now()) {
    if (stop_.fails(fault::cuts_in_flight)) return client_->give_up(), false;
    const auto left = std::chrono::ceil<milliseconds>(end - now);
    if (stop_.fails(fault::resets_half_closed)) {
      char byte;
      const auto n = client_->read(&byte, 1);
      if (n == 0) return client_->give_up(), false;
      if (n > 0) input_ += byte;
    }
    pollfd one{stop_.event(), POLLIN, 0};
    const bool stopping = stop_.stopping();
    ::poll(&one, stopping ? 0 : 1, static_cast<int>(left.count()));
  }
  if (stop_.fails(fault::drops_pipelined)) input_.clear();
  if (head_.find("lengthless") == std::string::npos) return reply(200, "slept");
  // Its end is that of the connection (RFC 9112 §6.3).
  said_close_ = true;
  return say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nslept");
}

bool connection::answer_upload(std::string_view head) {
  const auto size = static_cast<std::size_t>(number_in(head, "Content-Length: "));
  const bool asked = manner_ != manner::http_1_0 && head.find("Expect: 100-continue") != std::string_view::npos;
  if (asked && !say("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  if (!asked) return read_body(size) && reply(200, "taken");
  while (input_.size() < size) {
    if (stop_.fails(fault::drops_continued)) return client_->give_up(), false;
    if (const auto how = hear(patience); how == heard::end || how == heard::late) return false;
  }
  return read_body(size) && reply(200, "taken");
}

bool connection::stream_events() {
  const bool old = manner_ == manner::http_1_0;
  if (!say(old ? "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
               : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"))
    return false;
  while (!stop_.stopping()) {
    if (!say(old ? "data: 1\n\n" : "9\r\ndata: 1\n\n\r\n")) return false;
    pollfd one{stop_.event(), POLLIN, 0};
    ::poll(&one, 1, 50);
  }
  if (!stop_.has(fault::tears_events)) say(old ? "event: bye\ndata\n\n" : "11\r\nevent: bye\ndata\n\n\r\n0\r\n\r\n");
  said_close_ = true;
  return false;
}

bool connection::talk() {
  // The answer to the sample key of RFC 6455 §1.3, which the kit sends.
  if (!say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
    return false;
  while (hear(0ms) == heard::bytes) {
    if (input_.size() < 8) continue;
    say(std::string("\x81\x02", 2) + input_.substr(6, 2));  // its mask is zeros
    input_.erase(0, 8);
  }
  if (stop_.fails(fault::drops_websocket)) return false;
  say(std::string_view("\x88\x02\x03\xE9", 4));
  return false;
}

bool connection::answer() {
  const auto target = std::string_view(head_).substr(head_.find(' ') + 1);
  if (head_.starts_with("POST")) return answer_upload(head_);
  if (target.starts_with("/slow")) return answer_slowly(number_in(target, "ms="));
  if (target.starts_with("/bytes")) return say_body(static_cast<std::size_t>(number_in(target, "n=")));
  if (target.starts_with("/events")) return stream_events();
  if (target.starts_with("/echo") && manner_ != manner::http_1_0) return talk();
  if (target.starts_with("/ready") && stop_.fails(fault::resets_probes)) return client_->give_up(), false;
  return reply(target.starts_with("/ready") && stop_.stopping() ? 503 : 200, "here");
}

void connection::serve() {
  if (!client_->open(stop_)) return;
  while (read_head() && answer() && !said_close_) continue;
  client_->finish(stop_);
}

}  // namespace careless
