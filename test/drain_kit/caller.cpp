#include "drain_kit/caller.hpp"

#include <poll.h>

#include <thread>

namespace sundown::test::drain_kit {
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

std::string fault_of(const reply& answer, int wanted) {
  if (answer.whole()) return "status " + std::to_string(answer.status) + " instead of " + std::to_string(wanted);
  const std::string then = std::string(", then ") + to_string(answer.end);
  if (answer.status != 0) return "torn answer" + then;
  return (answer.end == ending::open ? "not HTTP/1.1" : "no answer") + then;
}

}  // namespace

caller::~caller() { in_position(); }

void caller::in_position() {
  if (in_position_) return;
  in_position_ = true;
  scene_.in_position().add();
}

bool caller::connect(int receive_buffer) {
  owed_ = 0;
  client_.set_receive_buffer(receive_buffer);
  lane_.enter(activity::connecting);
  const auto how = client_.connect(scene_.where(), scene_.limit());
  if (how == connecting::connected) {
    lane_.enter(activity::idle);
    return true;
  }
  if (how == connecting::refused && scene_.stopping()) {
    score_.refused();
    lane_.end(mark::refused);
    return false;
  }
  score_.sent(1);
  owed_ = 1;
  lose(std::string("connect: ") + to_string(how));
  return false;
}

bool caller::send(std::string_view bytes, std::size_t requests) {
  score_.sent(requests);
  owed_ += requests;
  lane_.enter(activity::sending);
  const auto how = client_.send(bytes, scene_.limit());
  if (how == sending::sent) {
    lane_.enter(activity::waiting);
    return true;
  }
  lose(std::string("send: ") + to_string(how));
  return false;
}

reply caller::read() {
  if (client_.received().empty()) {
    const auto how = client_.read_some(64 << 10, scene_.limit());
    if (how != ending::open) {
      reply none;
      none.end = how;
      return none;
    }
  }
  if (!lane_.is(activity::stream)) lane_.enter(activity::answer);
  return client_.read_response(scene_.limit());
}

std::optional<reply> caller::take_uncounted(int status) {
  auto answer = read();
  if (!answer.whole() || answer.status != status) {
    lose(fault_of(answer, status));
    return std::nullopt;
  }
  if (answer.says_close() && scene_.stopping() && !told_close_) {
    told_close_ = true;
    score_.told_close();
  }
  return answer;
}

std::optional<reply> caller::take_answer(int status) {
  auto answer = take_uncounted(status);
  if (answer) count_answered();
  return answer;
}

void caller::count_answered() {
  score_.answered();
  --owed_;
  lane_.enter(owed_ > 0 ? activity::waiting : activity::idle);
}

bool caller::read_until(std::string_view text) {
  if (client_.read_until(text, scene_.limit())) return true;
  lose("ended before its answer began");
  return false;
}

void caller::read_slowly(std::size_t enough, std::size_t piece, milliseconds pause) {
  lane_.enter(activity::answer);
  while (client_.received().size() < enough && client_.read_some(piece, scene_.limit()) == ending::open)
    std::this_thread::sleep_for(pause);
}

void caller::expect_end() {
  const auto how = client_.read_until_end(scene_.limit());
  if (how != ending::fin) score_.breach(std::string("connection not closed in order: ") + to_string(how));
  lane_.end(mark_of(how));
  client_.close();
}

void caller::expect_cut() {
  // Without reading a byte: a client that has stopped reading must not take up what the server is still owed.
  pollfd one{client_.handle(), POLLRDHUP, 0};
  const bool ended = ::poll(&one, 1, static_cast<int>(scene_.limit().count())) > 0;
  if (!ended) return lose("not ended");
  const auto answer = read();
  if (answer.whole()) score_.breach("answered whole, where an end by force was meant");
  lane_.end(mark_of(answer.end));
  score_.cut();
  owed_ = 0;
}

void caller::close() {
  lane_.leave();
  client_.close();
}

void caller::lose(const std::string& why) {
  score_.lost(why, owed_);
  owed_ = 0;
  lane_.end(mark::lost);
  client_.close();
}

}  // namespace sundown::test::drain_kit
