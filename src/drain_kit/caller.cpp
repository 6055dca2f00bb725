#include "drain_kit/caller.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace sundown::testing::drain_kit {
namespace {

mark mark_of(ending how) {
  switch (how) {
    case ending::rst:
      return mark::rst;
    case ending::timed_out:
      return mark::timed_out;
    case ending::open:
    case ending::fin:
      break;
  }
  return mark::fin;
}

/// What fails for want of descriptors is the kit's trouble, and no loss.
void check_descriptors() {
  const unique_fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!one) throw std::system_error(errno, std::generic_category(), "a client's socket (ulimit -n)");
}

}  // namespace

caller::~caller() {
  arrive();
  in_position();
}

void caller::arrive() {
  if (!std::exchange(arrived_, true)) line_.arrive();
}

void caller::line_up() {
  arrive();
  line_.wait(scene_.limit());
}

void caller::in_position() {
  if (in_position_) return;
  in_position_ = true;
  scene_.in_position().add();
}

bool caller::reach() {
  owed_ = 0;
  peer_ = scene_.speech().begin();
  lane_.enter(activity::connecting);
  reached_ = true;
  return made(peer_->reach(scene_.where(), scene_.limit()));
}

bool caller::connect(int receive_buffer) {
  if (std::exchange(reached_, false)) return made(peer_->greet(scene_.limit()));
  owed_ = 0;
  peer_ = scene_.speech().begin(receive_buffer);
  lane_.enter(activity::connecting);
  return made(peer_->connect(scene_.where(), scene_.limit()));
}

bool caller::made(connecting how) {
  if (how == connecting::connected) {
    lane_.enter(activity::idle);
    return true;
  }
  if (how == connecting::refused && scene_.stopping()) {
    score_.refused();
    lane_.end(mark::refused);
    return false;
  }
  if (how == connecting::failed) check_descriptors();
  count_asked(1);
  lose(how == connecting::failed && scene_.speech().tls() ? "no handshake of TLS"
                                                          : std::string("connect: ") + to_string(how));
  return false;
}

void caller::count_asked(std::size_t requests) {
  score_.sent(requests);
  owed_ += requests;
  lane_.enter(activity::sending);
}

bool caller::sent(sending how) {
  if (how == sending::sent) {
    lane_.enter(activity::waiting);
    return true;
  }
  lose(std::string("send: ") + to_string(how));
  return false;
}

bool caller::ask(const std::vector<request>& requests) {
  count_asked(requests.size());
  return sent(peer_->ask(requests, scene_.limit()));
}

bool caller::ask_half(const request& what) {
  count_asked(1);
  if (!sent(peer_->ask_half(what, scene_.limit()))) return false;
  lane_.enter(activity::sending);
  return true;
}

bool caller::ask_rest() { return sent(peer_->ask_rest(scene_.limit())); }

bool caller::ask_half_head(const request& what) {
  count_asked(peer_->speaks_http2() ? 0 : 1);
  return sent(peer_->ask_half_head(what, scene_.limit()));
}

bool caller::ask_in_parts(std::string_view bytes) {
  count_asked(1);
  return send(bytes);
}

bool caller::send(std::string_view bytes) { return sent(peer_->bytes().send(bytes, scene_.limit())); }

response caller::read() {
  if (const auto how = peer_->await(scene_.limit()); how == ending::open && !lane_.is(activity::stream))
    lane_.enter(activity::answer);
  auto answer = peer_->take(scene_.limit());
  hear();
  return answer;
}

void caller::hear() {
  if (told_end_ || !scene_.stopping() || !peer_->told_end()) return;
  told_end_ = true;
  score_.told_end();
}

std::optional<response> caller::take_uncounted(int status) {
  auto answer = read();
  if (answer.whole() && answer.status == status) return answer;
  if (answer.refused) {
    score_.refused_stream(answer.fault);
    --owed_;
    lane_.record(mark::refused);
    return answer;
  }
  if (answer.whole())
    answer.fault = "status " + std::to_string(answer.status) + " instead of " + std::to_string(status);
  if (!peer_->speaks_http2() || answer.end != ending::open) {
    lose(answer.fault);
    return std::nullopt;
  }
  // In HTTP/2 the other streams go on.
  score_.lost(answer.fault, 1);
  --owed_;
  lane_.record(mark::lost);
  return answer;
}

std::optional<response> caller::take_answer(int status) {
  auto answer = take_uncounted(status);
  if (answer && answer->whole() && answer->status == status) count_answered();
  return answer;
}

bool caller::take_either(int status, int other) {
  const auto answer = read();
  if (answer.whole() && (answer.status == status || answer.status == other)) return count_answered(), true;
  lose(answer.whole() ? "status " + std::to_string(answer.status) : answer.fault);
  return false;
}

bool caller::take_cut(int status) {
  const auto answer = take_uncounted(status);
  if (!answer || answer->status != status) return false;
  score_.cut();
  --owed_;
  return true;
}

void caller::count_answered() {
  score_.answered();
  --owed_;
  lane_.enter(owed_ > 0 ? activity::waiting : activity::idle);
}

bool caller::read_head() {
  if (peer_->read_head(scene_.limit())) return true;
  lose("ended before its answer began");
  return false;
}

bool caller::read_until(std::string_view text) {
  if (peer_->read_until(text, scene_.limit())) return true;
  lose("ended before its answer began");
  return false;
}

void caller::read_slowly(std::size_t enough, std::size_t piece, milliseconds pause) {
  lane_.enter(activity::answer);
  // Over TLS a read gives a record at most.
  for (std::size_t next = piece; peer_->come() < enough; next = peer_->come() + piece) {
    while (peer_->come() < std::min(next, enough))
      if (read_piece(piece) != ending::open) return;
    std::this_thread::sleep_for(pause);
  }
}

ending caller::read_piece(std::size_t most) {
  // In short looks, since the server may end meanwhile, and the network with it.
  constexpr auto look = 100ms;
  for (;;) {
    const bool over = scene_.over();
    const auto limit = scene_.limit();
    const auto how = peer_->read_piece(most, over ? limit : std::min(limit, look));
    if (how != ending::timed_out || over || limit <= look) return how;
  }
}

void caller::end(ending how) {
  hear();
  if (how != ending::fin) {
    const bool cut_off = how == ending::rst && scene_.speech().tls();
    score_.breach(std::string("connection not closed in order: ") + (cut_off ? "no close_notify" : to_string(how)));
  }
  lane_.end(mark_of(how));
  peer_.reset();
}

void caller::expect_end() { end(peer_->read_until_end(scene_.limit())); }

bool caller::ended() {
  const auto how = peer_->listen();
  if (how) end(*how);
  return how.has_value();
}

void caller::expect_cut() {
  // Without reading a byte: a client that has stopped reading must not take up what the server is still owed. Where the
  // process has ended, what its kernel still has for this client is no more the server's.
  pollfd one{peer_->bytes().handle(), POLLRDHUP, 0};
  constexpr auto look = 50ms;
  bool ended = false;
  while (!ended && !scene_.over() && scene_.limit() > 0ms) ended = ::poll(&one, 1, static_cast<int>(look.count())) > 0;
  if (!ended && !scene_.over()) return lose("not ended");
  const auto answer = read();
  if (answer.whole()) return count_answered();
  if (answer.belied) return lose(answer.fault);
  lane_.end(mark_of(answer.end));
  score_.cut();
  owed_ = 0;
}

bool caller::take_stream(std::string_view last) {
  const auto answer = read();
  if (answer.whole()) {
    if (answer.body.find(last) == std::string::npos) breach("no `" + std::string(last) + "`");
    return count_answered(), true;
  }
  // Who listens to events connects again by itself: nothing is lost, unless the end says otherwise.
  breach("a stream that ends torn: " + answer.fault);
  score_.cut();
  --owed_;
  lane_.end(mark_of(answer.end));
  return false;
}

bool caller::take_end_or(int status) {
  const auto answer = read();
  if (answer.whole() && answer.status == status) return count_answered(), true;
  // Who waits for the rest of it for too long is late, which the end of the process tells.
  if (answer.status == 0 && (answer.end == ending::fin || answer.end == ending::timed_out)) {
    score_.cut();
    owed_ = 0;
    lane_.end(mark_of(answer.end));
  } else {
    lose(answer.whole() ? "status " + std::to_string(answer.status) : answer.fault);
  }
  return false;
}

bool caller::expect_stream_cut() {
  const auto answer = read();
  if (answer.whole()) return lose("answered whole, where a reset was meant"), false;
  if (answer.belied) return lose(answer.fault), false;
  score_.cut();
  --owed_;
  if (answer.end == ending::open && !answer.refused) return true;
  breach("not its stream alone was ended: " + answer.fault);
  lane_.end(mark_of(answer.end));
  return false;
}

void caller::close() {
  lane_.leave();
  peer_.reset();
}

void caller::lose(const std::string& why) {
  // What failed is one stream, or the whole connection of HTTP/1.
  const bool one_by_one = peer_->speaks_http2() && owed_ > 0;
  score_.lost(why, one_by_one ? 1 : owed_);
  owed_ -= one_by_one ? 1 : owed_;
  settle_rest();
  lane_.end(mark::lost);
  peer_.reset();
}

void caller::settle_rest() {
  for (; owed_ > 0; --owed_) {
    const auto answer = peer_->take(0ms);
    if (answer.whole()) {
      score_.answered();
    } else if (answer.refused) {
      score_.refused_stream(answer.fault);
    } else {
      score_.lost(answer.fault, 1);
    }
  }
}

}  // namespace sundown::testing::drain_kit
