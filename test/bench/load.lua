-- wrk's script: what each request looks like, and the result as one line of JSON.
-- wrk ... -s load.lua URL -- [depth=N] [headers=ten] [body=BYTES] [close=1] [paths=FILE]
local function options(args)
  local given = {}
  for _, arg in ipairs(args) do
    local key, value = arg:match("^(%w+)=(.*)$")
    if key then given[key] = value end
  end
  return given
end

local ten = {
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  ["Accept-Language"] = "en-US,en;q=0.5",
  ["Accept-Encoding"] = "gzip, deflate, br",
  ["DNT"] = "1",
  ["Connection"] = "keep-alive",
  ["Cookie"] = "session=0123456789abcdef0123456789abcdef; theme=dark",
  ["Upgrade-Insecure-Requests"] = "1",
  ["Cache-Control"] = "max-age=0",
}

local number = 0
function setup(thread)
  thread:set("offset", number)
  number = number + 1
end

local requests, at
function init(args)
  local given = options(args)
  local headers = given.headers == "ten" and ten or {}
  if given.close then headers["Connection"] = "close" end
  local method, body = "GET", nil
  if given.body then
    method = "POST"
    headers["Content-Type"] = "application/json"
    body = '{"text":"' .. string.rep("x", tonumber(given.body) - 11) .. '"}'
  end
  requests = {}
  if given.paths then
    for path in io.lines(given.paths) do requests[#requests + 1] = wrk.format(method, path, headers, body) end
  else
    requests[1] = string.rep(wrk.format(method, nil, headers, body), tonumber(given.depth or 1))
  end
  at = math.floor(#requests / 2) * offset   -- threads go through the paths at a distance
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format('RESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
