%% Nodes n1, n2 and n3 with a table of distributed applications, new ones for each scenario, connected to each other and never to
%% the judge: they are told what to do over their standard input. Each is at a loopback address of its own, and all are at one
%% port that was free, so that no epmd is needed.
%%
%% What applications see goes into one file, a line for each event, in the order in which it happened.
-module(trio).
-export([open/1, open/2, boot/2, boots/2, kill/1, halt/1, cut/2, heal/2, close/0]).
-export([on/4, all/3, spread/3, notes/0, awaits/1, name/1, short/0, short/1, note/1, until/1]).

-define(SHORTS, [n1, n2, n3]).

%% All three, at once: they wait for each other.
open(Table) -> open(Table, #{}).

%% More: arguments of one node, by its short name. `without`: nodes that do not start now.
open(Table, More) ->
    File = "trio." ++ os:getpid() ++ "." ++ integer_to_list(erlang:unique_integer([positive])),
    ok = file:write_file(File, ""),
    put(trio, #{port => free_port(), table => Table, file => File, more => maps:remove(without, More)}),
    put(peers, #{}),
    World = get(trio),
    Now = ?SHORTS -- maps:get(without, More, []),
    [{ok, _} = keep(Short, Result) || {Short, Result} <- at_once(Now, fun(Short) -> start(World, Short, []) end)],
    connected(Now).

%% A node that is not up, in another life. {ok, ...} once it has all of Erlang's applications, and is connected.
boot(Short, More) ->
    {ok, _} = keep(Short, start(get(trio), Short, More)),
    connected(maps:keys(get(peers))).

%% Whether a node comes up.
boots(Short, More) ->
    case keep(Short, start(get(trio), Short, More)) of {ok, _} -> true; _ -> false end.

connected(Shorts) ->
    true = until(fun() -> [] =:= [Short || Short <- Shorts, length(on(Short, erlang, nodes, [])) < length(Shorts) - 1] end).

start(#{port := Port, table := Table, file := File, more := More}, Short, Last) ->
    [_, Host] = string:split(atom_to_list(name(Short)), "@"),
    Others = [name(Other) || Other <- ?SHORTS, Other =/= Short],
    Defaults = [{distributed, [named(Entry) || Entry <- Table]}, {sync_nodes_optional, Others}, {sync_nodes_timeout, 600},
                {inet_dist_use_interface, list_to_tuple([list_to_integer(Part) || Part <- string:split(Host, ".", all)])},
                {prevent_overlapping_partitions, false}, {logger_level, none}],
    Kernel = lists:foldl(fun({Key, Value}, Settings) -> lists:keystore(Key, 1, Settings, {Key, Value}) end,
                         Defaults, maps:get(Short, More, []) ++ Last),
    Args = ["-start_epmd", "false", "-erl_epmd_port", Port, "-setcookie", "judge", "+S", "1",
            "-pa", filename:dirname(code:which(?MODULE))]
        ++ lists:append([["-kernel", atom_to_list(Key), lists:flatten(io_lib:format("~w", [Value]))] || {Key, Value} <- Kernel, Value =/= none]),
    Env = [{"TRIO_NOTES", File}, {"ERL_CRASH_DUMP_SECONDS", "0"}],
    try peer:start(#{name => Short, host => Host, connection => standard_io, args => Args, env => Env, wait_boot => 10000}) of
        {ok, Peer, _} -> {ok, Peer};
        {error, _} -> failed
    catch
        exit:{boot_failed, _} -> failed
    end.

%% The table with the names of nodes in place of the short ones.
named({App, Ms, Nodes}) -> {App, Ms, [named_node(Node) || Node <- Nodes]};
named({App, Nodes}) -> {App, [named_node(Node) || Node <- Nodes]}.
named_node(Equals) when is_tuple(Equals) -> list_to_tuple([name(Short) || Short <- tuple_to_list(Equals)]);
named_node(Short) -> name(Short).

name(n1) -> 'n1@127.0.0.11';
name(n2) -> 'n2@127.0.0.12';
name(n3) -> 'n3@127.0.0.13'.

short() -> short(node()).
short(Node) -> list_to_atom(hd(string:split(atom_to_list(Node), "@"))).

keep(Short, {ok, Peer}) -> put(peers, maps:put(Short, Peer, get(peers))), {ok, Peer};
keep(_, failed) -> failed.

free_port() ->
    {ok, Socket} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Socket),
    gen_tcp:close(Socket),
    integer_to_list(Port).

%% It is gone at once, and tells nobody.
kill(Short) ->
    Peer = maps:get(Short, get(peers)),
    Pid = peer:call(Peer, os, getpid, []),
    Ref = monitor(process, Peer),
    os:cmd("kill -9 " ++ Pid),
    gone(Short, Ref).

%% It stops its applications first.
halt(Short) ->
    Peer = maps:get(Short, get(peers)),
    Ref = monitor(process, Peer),
    peer:call(Peer, init, stop, []),
    gone(Short, Ref).

%% The others know of it when this returns.
gone(Short, Ref) ->
    receive {'DOWN', Ref, _, _, _} -> ok end,
    put(peers, maps:remove(Short, get(peers))),
    true = until(fun() -> [] =:= [Other || Other <- maps:keys(get(peers)), lists:member(name(Short), on(Other, erlang, nodes, []))] end),
    ok.

%% Neither connects to the other until the heal.
cut(One, Other) ->
    [begin
        on(At, application, set_env, [kernel, dist_auto_connect, never]),
        on(At, erlang, disconnect_node, [name(From)])
     end || {At, From} <- [{One, Other}, {Other, One}]],
    true = until(fun() -> not lists:member(name(Other), on(One, erlang, nodes, [])) andalso not lists:member(name(One), on(Other, erlang, nodes, [])) end),
    ok.

heal(One, Other) ->
    [on(At, application, unset_env, [kernel, dist_auto_connect]) || At <- [One, Other]],
    true = until(fun() -> on(One, net_kernel, connect_node, [name(Other)]) end),
    [on(At, global, sync, []) || At <- [One, Other]],
    ok.

close() ->
    #{file := File} = get(trio),
    [catch peer:stop(Peer) || Peer <- maps:values(get(peers))],
    file:delete(File).

on(Short, Module, Function, Args) -> peer:call(maps:get(Short, get(peers)), Module, Function, Args, 15000).

%% The same on all that are up, at once: [Result] in their order.
all(Module, Function, Args) -> spread(lists:sort(maps:keys(get(peers))), Module, {Function, Args}).

spread(Shorts, Module, {Function, Args}) ->
    Peers = get(peers),
    [Result || {_, Result} <- at_once(Shorts, fun(Short) -> peer:call(maps:get(Short, Peers), Module, Function, Args, 15000) end)].

at_once(Shorts, Fun) ->
    Self = self(),
    Pids = [{spawn_link(fun() -> Self ! {self(), Fun(Short)}, receive never -> ok end end), Short} || Short <- Shorts],
    [receive {Pid, Result} -> {Short, Result} end || {Pid, Short} <- Pids].

%% Called on the nodes.
note(What) -> ok = file:write_file(os:getenv("TRIO_NOTES"), io_lib:format("~w.~n", [What]), [append]).

%% What was noted since the last time.
notes() ->
    #{file := File} = get(trio),
    {ok, Notes} = file:consult(File),
    Seen = case get(seen) of undefined -> 0; Number -> Number end,
    put(seen, length(Notes)),
    lists:nthtail(Seen, Notes).

%% Waits until so many are there, and gives them. Then no more may come for a moment.
awaits(Count) ->
    #{file := File} = get(trio),
    Seen = case get(seen) of undefined -> 0; Number -> Number end,
    until(fun() -> {ok, Notes} = file:consult(File), length(Notes) >= Seen + Count end),
    timer:sleep(50),
    notes().

until(Fun) -> peers:until(Fun, 1600).
