#include "wire/frame_client.hpp"

#include <algorithm>
#include <stdexcept>

namespace sundown::testing {

namespace {

constexpr std::size_t head_size = 9;

std::uint32_t number(std::string_view text, std::size_t at, int bytes = 4) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value = value << 8 | static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
  return value;
}

/// What a frame carries without its padding (RFC 9113 §6.1).
std::string_view unpadded(const frame& got) {
  std::string_view rest = got.payload;
  if (!got.has(NGHTTP2_FLAG_PADDED)) return rest;
  const auto padding = number(rest, 0, 1);
  return rest.substr(1, rest.size() - 1 - std::min<std::size_t>(padding, rest.size() - 1));
}

}  // namespace

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string settings_entry(std::uint16_t id, std::uint32_t value) { return big_endian(id, 2) + big_endian(value); }

void frame_client::connect(const endpoint& where, int receive_buffer) {
  raw_client client;
  client.set_receive_buffer(receive_buffer);
  if (const auto how = client.connect(where); how != connecting::connected)
    throw std::runtime_error(std::string("connect: ") + to_string(how));
  auto over = std::make_unique<wire_over<raw_client>>(std::move(client));
  raw_ = &over->client();
  wire_ = std::move(over);
}

frame_client::frame_client(const endpoint& where, silent) { connect(where); }

frame_client::frame_client(const endpoint& where, const field_list& offered, int receive_buffer) {
  connect(where, receive_buffer);
  begin(offered);
}

frame_client::frame_client(std::unique_ptr<wire> over, const field_list& offered, std::string scheme)
    : wire_(std::move(over)), scheme_(std::move(scheme)) {
  begin(offered);
}

void frame_client::begin(const field_list& offered) {
  std::string payload;
  for (const auto& [id, value] : offered) {
    payload +=
        settings_entry(static_cast<std::uint16_t>(std::stoul(id)), static_cast<std::uint32_t>(std::stoul(value)));
  }
  wire_->send(preface);
  send_frame(NGHTTP2_SETTINGS, 0, 0, payload);
}

void frame_client::send_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string whole = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
  whole += static_cast<char>(type);
  whole += static_cast<char>(flags);
  whole += big_endian(stream);
  whole += payload;
  send(whole);
}

void frame_client::send(std::string_view bytes) {
  if (held_) {
    held_->append(bytes);
  } else {
    wire_->send(bytes);
  }
}

void frame_client::release() {
  const auto all = std::exchange(held_, std::nullopt);
  if (all) wire_->send(*all);
}

std::uint32_t frame_client::request(const std::string& method, const std::string& path, const field_list& more,
                                    bool ends) {
  field_list fields{{":method", method}, {":scheme", scheme_}, {":authority", "test"}, {":path", path}};
  fields.insert(fields.end(), more.begin(), more.end());
  const auto stream = next_stream_;
  next_stream_ += 2;
  const auto flags = NGHTTP2_FLAG_END_HEADERS | (ends ? NGHTTP2_FLAG_END_STREAM : 0);
  send_frame(NGHTTP2_HEADERS, static_cast<std::uint8_t>(flags), stream, block(fields));
  return stream;
}

std::uint32_t frame_client::post(const std::string& path, std::string_view body, const field_list& more) {
  const auto stream = request("POST", path, more, false);
  data(stream, body, true);
  return stream;
}

void frame_client::data(std::uint32_t stream, std::string_view bytes, bool ends) {
  constexpr std::size_t largest = 16 << 10;
  do {
    const auto piece = bytes.substr(0, largest);
    bytes.remove_prefix(piece.size());
    send_frame(NGHTTP2_DATA, ends && bytes.empty() ? NGHTTP2_FLAG_END_STREAM : 0, stream, piece);
  } while (!bytes.empty());
}

bool frame_client::data_in_windows(std::uint32_t stream, std::string_view bytes, bool ends, milliseconds limit) {
  constexpr std::uint64_t first_window = 65'535, largest = 16 << 10;
  const deadline end(limit);
  while (!bytes.empty()) {
    const auto room = [&] {
      const auto of_stream = initial_window_ + opened[stream], of_all = first_window + opened[0];
      const auto in_stream = of_stream - std::min(of_stream, sent_in_windows_[stream]);
      return std::min({in_stream, of_all - std::min(of_all, sent_in_windows_[0]), largest});
    };
    if (!read_until([&] { return room() > 0; }, end.left())) return false;
    const auto piece = bytes.substr(0, room());
    bytes.remove_prefix(piece.size());
    data(stream, piece, ends && bytes.empty());
    for (const auto each : {stream, 0U}) sent_in_windows_[each] += piece.size();
  }
  return true;
}

void frame_client::reset(std::uint32_t stream, std::uint32_t code) {
  send_frame(NGHTTP2_RST_STREAM, 0, stream, big_endian(code));
}

void frame_client::acknowledge(const frame& ping) { send_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping.payload); }

std::optional<frame> frame_client::take_received() {
  auto& input = wire_->received();
  if (input.size() < head_size || input.size() < head_size + number(input, 0, 3)) return std::nullopt;
  const auto size = number(input, 0, 3);
  frame got{static_cast<std::uint8_t>(input[3]), static_cast<std::uint8_t>(input[4]), number(input, 5) & highest_stream,
            input.substr(head_size, size)};
  input.erase(0, head_size + size);
  heed(got);
  return got;
}

std::optional<frame> frame_client::read(milliseconds limit) {
  const deadline end(limit);
  for (;;) {
    if (auto got = take_received()) return got;
    const auto how = wire_->read_some(64 << 10, end.left());
    if (how == ending::open) continue;
    if (how != ending::timed_out) ended = how;
    return std::nullopt;
  }
}

void frame_client::heed(const frame& got) {
  switch (got.type) {
    case NGHTTP2_SETTINGS:
      if (got.has(NGHTTP2_FLAG_ACK)) {
        settings_acknowledged = true;
      } else {
        heed_settings(got.payload);
        send_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, {});
      }
      break;
    case NGHTTP2_PING:
      if (got.has(NGHTTP2_FLAG_ACK)) break;
      pings.push_back(got);
      if (acknowledges_ping) acknowledge(got);
      break;
    case NGHTTP2_GOAWAY:
      goaways.push_back({number(got.payload, 0) & highest_stream, number(got.payload, 4)});
      break;
    case NGHTTP2_WINDOW_UPDATE:
      ++window_updates;
      opened[got.stream] += number(got.payload, 0);
      break;
    case NGHTTP2_RST_STREAM:
      answers_[got.stream].reset = number(got.payload, 0);
      break;
    case NGHTTP2_HEADERS:
      unfinished_head_ = unpadded(got).substr(got.has(NGHTTP2_FLAG_PRIORITY) ? 5 : 0);
      if (got.has(NGHTTP2_FLAG_END_HEADERS)) heed_head(got.stream, unfinished_head_);
      if (got.has(NGHTTP2_FLAG_END_STREAM)) answers_[got.stream].ended = true;
      break;
    case NGHTTP2_CONTINUATION:
      unfinished_head_ += got.payload;
      if (got.has(NGHTTP2_FLAG_END_HEADERS)) heed_head(got.stream, unfinished_head_);
      break;
    case NGHTTP2_DATA:
      heed_data(got);
      break;
    default:
      break;
  }
}

void frame_client::heed_settings(std::string_view payload) {
  for (std::size_t at = 0; at + 6 <= payload.size(); at += 6) {
    const auto value = number(payload, at + 2);
    if (number(payload, at, 2) == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE) coder_.limit_table(value);
    if (number(payload, at, 2) == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) initial_window_ = value;
  }
}

void frame_client::heed_head(std::uint32_t stream, std::string_view block) {
  auto& answer = answers_[stream];
  std::map<std::string, std::string> fields;
  for (auto& [name, value] : coder_.decode(block)) fields[name] = value;
  const auto status = fields.extract(":status");
  if (!status) return;  // trailers
  const int code = std::stoi(status.mapped());
  if (code < 200) return answer.informational.push_back(code);
  answer.status = code;
  answer.fields = std::move(fields);
}

void frame_client::heed_data(const frame& got) {
  answers_[got.stream].body += unpadded(got);
  if (got.has(NGHTTP2_FLAG_END_STREAM)) answers_[got.stream].ended = true;
  if (!opens_windows || got.payload.empty()) return;
  open_window(0, got.payload.size());
  if (got.has(NGHTTP2_FLAG_END_STREAM)) {
    unopened_.erase(got.stream);
  } else {
    open_window(got.stream, got.payload.size());
  }
}

void frame_client::open_window(std::uint32_t stream, std::size_t read) {
  auto& bytes = unopened_[stream];
  bytes += read;
  if (bytes < window_step) return;
  send_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(static_cast<std::uint32_t>(bytes)));
  bytes = 0;
}

stream_answer& frame_client::answer(std::uint32_t stream, milliseconds limit) {
  auto& answer = answers_[stream];
  read_until([&] { return answer.ended || answer.reset; }, limit);
  return answer;
}

ending frame_client::read_until_end(milliseconds limit) {
  const deadline end(limit);
  while (read(end.left())) {
  }
  if (ended == ending::fin) ended = wire_->read_until_end(end.left());  // behind close_notify
  return ended.value_or(ending::open);
}

}  // namespace sundown::testing
