%% A second node in an OS process of its own, with one scheduler, started once and kept: agner/far.ts and agner/on-two-nodes.ts in Erlang.
-module(bench_far).
-export([prepare/0, node_name/0, start/3, stop/1, main/0]).

node_name() -> 'far@127.0.0.1'.

%% Before a run is counted: makes this a node, starts the other and connects to it. Again: does nothing.
prepare() ->
    case is_alive() of
        true -> ok;
        false ->
            {ok, _} = net_kernel:start(['near@127.0.0.1', longnames]),
            Self = self(),
            Keeper = spawn_link(fun() -> start_far(Self) end),
            receive {Keeper, Port} -> bench_epmd:tell("far", Port) end,
            pong = net_adm:ping(node_name()),
            ok
    end.

start(Module, Argument, Options) -> erpc:call(node_name(), gen_server, start, [Module, Argument, Options]).

stop(Server) -> gen_server:stop(Server).

start_far(Parent) ->
    {ok, [[Beams]]} = init:get_argument(pa),
    Arguments = [
        "+S", "1:1", "-noshell", "-pa", Beams, "-start_epmd", "false", "-epmd_module", "bench_epmd",
        "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
        "-setcookie", atom_to_list(erlang:get_cookie()), "-name", atom_to_list(node_name()), "-s", "bench_far", "main"
    ],
    Port = open_port({spawn_executable, os:find_executable("erl")}, [{args, Arguments}, {line, 1000}, binary, exit_status]),
    keep(Port, Parent).

keep(Port, Parent) ->
    receive
        {Port, {data, {eol, <<"listening ", Number/binary>>}}} -> Parent ! {self(), binary_to_integer(Number)};
        {Port, {exit_status, Status}} -> exit({far_ended, Status});
        _ -> ok
    end,
    keep(Port, Parent).

main() ->
    io:put_chars(["listening ", integer_to_list(bench_epmd:own_port()), "\n"]),
    until_eof().

until_eof() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(0);
        _ -> until_eof()
    end.
