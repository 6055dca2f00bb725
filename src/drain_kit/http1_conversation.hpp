#pragma once

#include "drain_kit/conversation.hpp"

namespace sundown::testing::drain_kit {

class http1_conversation final : public conversation {
 public:
  explicit http1_conversation(std::unique_ptr<wire> over) : wire_(std::move(over)) {}

  bool speaks_http2() const override { return false; }
  connecting reach(const endpoint& where, milliseconds limit) override { return wire_->reach(where, limit); }
  connecting greet(milliseconds limit) override { return wire_->greet(limit); }
  sending ask(const std::vector<request>& requests, milliseconds limit) override;
  sending ask_half(const request& what, milliseconds limit) override;
  sending ask_rest(milliseconds limit) override { return wire_->send(rest_, limit); }
  sending ask_half_head(const request& what, milliseconds limit) override;
  ending await(milliseconds limit) override;
  response take(milliseconds limit) override;
  bool read_head(milliseconds limit) override { return wire_->read_until("\r\n\r\n", limit); }
  bool read_until(std::string_view text, milliseconds limit) override { return wire_->read_until(text, limit); }
  ending read_piece(std::size_t most, milliseconds limit) override { return wire_->read_some(most, limit); }
  std::size_t come() const override { return wire_->received().size(); }
  bool told_end() const override { return told_end_; }
  std::optional<ending> listen() override;
  ending read_until_end(milliseconds limit) override { return wire_->read_until_end(limit); }
  wire& bytes() override { return *wire_; }

 private:
  const std::unique_ptr<wire> wire_;
  std::string rest_;
  bool told_end_ = false;
};

}  // namespace sundown::testing::drain_kit
