#include "http2/frame_client.hpp"

#include <stdexcept>

namespace sundown::test {

namespace {

constexpr std::size_t head_size = 9;

std::uint32_t number(std::string_view text, std::size_t at, int bytes = 4) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value = value << 8 | static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
  return value;
}

std::uint8_t* bytes_of(const std::string& text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
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
  make_coders();
}

frame_client::frame_client(const endpoint& where, silent) { connect(where); }

frame_client::frame_client(const endpoint& where, field_list settings, int receive_buffer) {
  connect(where, receive_buffer);
  begin(settings);
}

frame_client::frame_client(std::unique_ptr<frame_wire> over, const field_list& settings)
    : wire_(std::move(over)), scheme_("https") {
  make_coders();
  begin(settings);
}

void frame_client::make_coders() {
  nghttp2_hd_inflater* inflater = nullptr;
  nghttp2_hd_deflater* deflater = nullptr;
  nghttp2_hd_inflate_new(&inflater);
  nghttp2_hd_deflate_new(&deflater, 4096);
  inflater_.reset(inflater);
  deflater_.reset(deflater);
}

void frame_client::begin(const field_list& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) {
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

std::string frame_client::block(const field_list& fields) {
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : fields)
    list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  std::string text(nghttp2_hd_deflate_bound(deflater_.get(), list.data(), list.size()), '\0');
  const auto size = nghttp2_hd_deflate_hd(deflater_.get(), bytes_of(text), text.size(), list.data(), list.size());
  if (size < 0) throw std::runtime_error("deflate");
  text.resize(static_cast<std::size_t>(size));
  return text;
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

void frame_client::reset(std::uint32_t stream, std::uint32_t code) {
  send_frame(NGHTTP2_RST_STREAM, 0, stream, big_endian(code));
}

void frame_client::acknowledge(const frame& ping) { send_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping.payload); }

std::optional<frame> frame_client::read(milliseconds limit) {
  const deadline end(limit);
  auto& input = wire_->received();
  const auto whole = [&] { return input.size() >= head_size && input.size() >= head_size + number(input, 0, 3); };
  while (!whole()) {
    const auto how = wire_->read_some(64 << 10, end.left());
    if (how == ending::open) continue;
    if (!end.passed()) ended = how;
    return std::nullopt;
  }
  const auto size = number(input, 0, 3);
  frame got{static_cast<std::uint8_t>(input[3]), static_cast<std::uint8_t>(input[4]), number(input, 5) & highest_stream,
            input.substr(head_size, size)};
  input.erase(0, head_size + size);
  heed(got);
  return got;
}

void frame_client::heed(const frame& got) {
  switch (got.type) {
    case NGHTTP2_SETTINGS:
      if (got.has(NGHTTP2_FLAG_ACK)) {
        settings_acknowledged = true;
      } else {
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
      heed_head(got);
      if (got.has(NGHTTP2_FLAG_END_STREAM)) answers_[got.stream].ended = true;
      break;
    case NGHTTP2_DATA:
      answers_[got.stream].body += got.payload;
      if (got.has(NGHTTP2_FLAG_END_STREAM)) answers_[got.stream].ended = true;
      if (opens_windows && !got.payload.empty()) {
        const auto more = big_endian(static_cast<std::uint32_t>(got.payload.size()));
        send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, more);
        if (!got.has(NGHTTP2_FLAG_END_STREAM)) send_frame(NGHTTP2_WINDOW_UPDATE, 0, got.stream, more);
      }
      break;
    default:
      break;
  }
}

void frame_client::heed_head(const frame& got) {
  auto& answer = answers_[got.stream];
  auto rest = std::string_view(got.payload);
  int status = 0;
  std::map<std::string, std::string> fields;
  for (;;) {
    nghttp2_nv field{};
    int flags = 0;
    const auto taken = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                              reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size(), 1);
    if (taken < 0) throw std::runtime_error("inflate");
    rest.remove_prefix(static_cast<std::size_t>(taken));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      const std::string name(reinterpret_cast<const char*>(field.name), field.namelen);
      const std::string value(reinterpret_cast<const char*>(field.value), field.valuelen);
      if (name == ":status") {
        status = std::stoi(value);
      } else {
        fields[name] = value;
      }
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  if (status < 200) return answer.informational.push_back(status);
  answer.status = status;
  answer.fields = std::move(fields);
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

}  // namespace sundown::test
