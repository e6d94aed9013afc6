-- Explain this connection: a menu of Wireshark in Tools, and on a packet where its Lua can add one (it cannot in 4.0).
-- tcpexplain --install-wireshark puts this file where Wireshark looks for it.
--
-- The packets of the open capture go into a temporary file, so that one which is not saved yet can be explained, with all that lies
-- around the connection; the numbers of packets and streams are those that Wireshark shows. The file is removed again.
--
-- In tshark, which has no menus:  tshark -q -r capture.pcap -X lua_script:tcpexplain.lua -X lua_script1:12

local NAME = "Explain this connection (tcpexplain)"
local COLUMNS = gui_enabled() and 66 or 120 -- what a new window holds
local windows = package.config:sub(1, 1) == "\\"

-- A word as the shell takes it, whatever is in it.
local function quoted(word)
    if windows then
        return '"' .. word:gsub('"', "") .. '"'
    end
    return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- What the shell is to do; TCPEXPLAIN names the program where it is not in PATH.
local function command(file, stream)
    local program = quoted(os.getenv("TCPEXPLAIN") or "tcpexplain")
    local line = string.format("%s %s --stream %d --color never 2>&1", program, quoted(file), stream)
    return windows and '"' .. line .. '"' or "COLUMNS=" .. COLUMNS .. " " .. line
end

-- What tcpexplain says of a stream in a file.
local function explained(file, stream)
    local pipe, failed = io.popen(command(file, stream))
    if not pipe then
        return "tcpexplain cannot be started: " .. tostring(failed)
    end
    local said = pipe:read("*a")
    pipe:close()
    if said:find("not found") or said:find("not recognized") then
        said = said .. "\nIs tcpexplain in PATH?  pip install tcpexplain, or let TCPEXPLAIN name the program\n"
    end
    return said
end

-- The name of an empty file; on Windows tmpname begins with a backslash.
local function temporary()
    local name = os.tmpname()
    return windows and (os.getenv("TEMP") or ".") .. name or name
end

-- Takes the packets that pass by from now on. At the end of the pass `draw` explains the stream: `show` gets the text.
local function collect(stream, show)
    local file, tap = temporary(), Listener.new("frame")
    local kind = wtap_name_to_file_type_subtype and wtap_name_to_file_type_subtype("nsecpcap")
    local dumper, trouble
    function tap.packet()
        local fine, why = pcall(function()
            dumper = dumper or Dumper.new_for_current(file, kind)
            dumper:dump_current()
        end)
        trouble = trouble or not fine and tostring(why)
    end
    local function finish()
        if dumper then
            dumper:close()
        end
        show(dumper and not trouble and explained(file, stream) or "the packets cannot be saved: " .. (trouble or "there are none"))
        os.remove(file)
    end
    return tap, finish
end

-- A window with what is said of a stream of the open capture.
local function explain(stream)
    local window = TextWindow.new("tcpexplain: tcp.stream eq " .. stream)
    local tap, finish = collect(stream, function(text) window:set(text) end)
    window:set("reading the packets ...")
    retap_packets()
    tap:remove()
    finish()
end

-- The stream of the packet whose menu it is: one of its fields.
local function of_packet(...)
    for _, field in ipairs({...}) do
        if field.name == "tcp.stream" then
            return explain(field.value)
        end
    end
end

-- The stream that the display filter names, or the one that is asked for.
local function ask()
    local shown = tonumber((get_filter() or ""):match("tcp%.stream%s*[eq=]+%s*(%d+)"))
    if shown then
        return explain(shown)
    end
    new_dialog(NAME, function(typed)
        local number = tonumber(typed)
        if number then
            explain(math.floor(number))
        end
    end, "tcp.stream")
end

local wanted = tonumber((...))
if gui_enabled() then
    if register_packet_menu then
        register_packet_menu(NAME, of_packet, "tcp.stream")
    end
    register_menu(NAME, ask, MENU_TOOLS_UNSORTED)
elseif wanted then
    local tap, finish = collect(wanted, function(text) io.write(text) end)
    tap.draw = finish
end
