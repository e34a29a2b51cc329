%% Other nodes for scenarios that need them: Erlang's `peer` over loopback, each at an address of its own (127.0.0.2 and on) and
%% all at one port, so that no epmd is needed and none is left behind. A process that outlives the plays has them: they start
%% once, and are told what to do over their standard input, which makes no connection.
%%
%%     b o     visible, alone: nobody makes connections between nodes by himself (connect_all false)
%%     h       hidden
%%     d e f   have `global` between them; the judge never connects to them
-module(peers).
-export([open/1, reset/0, processes/0, name/1, call/4, connect/1, cut/1, restart/1, begin_at/2, until/1, until/2]).
-export([note/0, silent/1, echo/0, remembering/1, idle/0, greeter/2]).

open(Port) ->
    Self = self(),
    spawn(fun() -> register(peers, self()), Started = maps:from_list(start_all(Port)), Self ! peers_are_up, serve(Port, Started) end),
    receive peers_are_up -> ok end.

hosts() -> [{b, "127.0.0.2", member()}, {o, "127.0.0.3", member()}, {h, "127.0.0.4", ["-hidden"]}, {d, "127.0.0.5", []}, {e, "127.0.0.6", []}, {f, "127.0.0.7", []}].

member() -> ["-connect_all", "false"].

name(Short) ->
    {Short, Host, _} = lists:keyfind(Short, 1, hosts()),
    list_to_atom(atom_to_list(Short) ++ "@" ++ Host).

%% All at once: it takes as long as one.
start_all(Port) ->
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), start(Port, Short)}, receive never -> ok end end) || {Short, _, _} <- hosts()],
    [receive {Pid, {Short, Peer}} -> {Short, Peer} end || Pid <- Pids].

start(Port, Short) ->
    {Short, Host, More} = lists:keyfind(Short, 1, hosts()),
    Interface = "{" ++ lists:flatten(string:replace(Host, ".", ",", all)) ++ "}",
    Beams = filename:dirname(code:which(?MODULE)),
    Args = ["-start_epmd", "false", "-erl_epmd_port", Port, "-setcookie", "judge", "-kernel", "inet_dist_use_interface", Interface,
            "-kernel", "prevent_overlapping_partitions", "false", "-pa", Beams | More],
    {ok, Peer, _} = peer:start(#{name => Short, host => Host, connection => standard_io, args => Args}),
    ok = peer:call(Peer, logger, remove_handler, [default]),
    {Short, Peer}.

serve(Port, Started) ->
    receive
        {From, peer, Short} ->
            From ! {peers, maps:get(Short, Started)},
            serve(Port, Started);
        {From, all, none} ->
            From ! {peers, maps:values(Started)},
            serve(Port, Started);
        {From, restart, Short} ->
            peer:stop(maps:get(Short, Started)),
            {Short, Peer} = start(Port, Short),
            From ! {peers, Peer},
            serve(Port, Started#{Short := Peer})
    end.

%% Those through which the peers are talked to; a restart makes a new one.
processes() ->
    case whereis(peers) of
        undefined -> [];
        _ -> ask(all, none)
    end.

ask(What, Short) ->
    peers ! {self(), What, Short},
    receive {peers, Answer} -> Answer end.

%% No scenario finds a connection of the one before, nor its processes.
reset() ->
    case whereis(peers) of
        undefined -> ok;
        _ ->
            [call(Short, ?MODULE, note, []) || {Short, _, _} <- hosts()],
            %% Twice, since what was on its way may have connected once more.
            until(fun() -> is_alone() andalso is_alone() end)
    end.

%% Those who speak go first, or they connect again.
note() ->
    [exit(Pid, kill) || Pid <- get_made()],
    persistent_term:put(made, []),
    [erlang:disconnect_node(Node) || Node <- nodes(connected)].

is_alone() ->
    [cut_node(Node) || Node <- nodes(connected)],
    [] =:= [Node || {Short, _, _} <- hosts(), Node <- call(Short, erlang, nodes, [connected]), Node =:= node()].

get_made() -> persistent_term:get(made, []).

call(Short, Module, Function, Arguments) -> peer:call(ask(peer, Short), Module, Function, Arguments).

restart(Short) -> ask(restart, Short), ok.

%% Both sides know of it when this returns.
connect(Short) ->
    true = net_kernel:connect_node(name(Short)),
    until(fun() -> lists:member(node(), call(Short, erlang, nodes, [connected])) end),
    name(Short).

cut(Short) -> cut_node(name(Short)).

%% Both sides know of it when this returns.
cut_node(Node) ->
    erlang:disconnect_node(Node),
    until(fun() -> not lists:member(Node, nodes(connected)) end).

%% A process on a peer, made without a connection.
begin_at(Short, {Function, Arguments}) ->
    Pid = call(Short, erlang, spawn, [?MODULE, Function, Arguments]),
    call(Short, persistent_term, put, [made, [Pid | call(Short, persistent_term, get, [made, []])]]),
    Pid.

until(Fun) -> until(Fun, 400).
until(Fun, Times) ->
    case Fun() of
        true -> true;
        false when Times > 0 -> timer:sleep(5), until(Fun, Times - 1);
        false -> false
    end.

%% What runs on the peers.
idle() -> receive never -> ok end.

%% Takes a call and never answers it.
silent(Main) ->
    receive {'$gen_call', _, _} -> Main ! asked, silent(Main) end.

echo() ->
    receive
        {ping, From} -> From ! {pong, self()}, echo();
        {stop, Reason} -> exit(Reason)
    end.

remembering(Seen) ->
    process_flag(trap_exit, true),
    receive
        {link, To} -> link(To), To ! linked, remembering(Seen);
        {'EXIT', _, Reason} -> remembering([Reason | Seen]);
        {ask, From} -> From ! {seen, lists:reverse(Seen)}, remembering(Seen);
        Message -> remembering([Message | Seen])
    end.

greeter(Main, Texts) -> [Main ! Text || Text <- Texts], idle().
