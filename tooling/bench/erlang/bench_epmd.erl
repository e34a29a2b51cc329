%% In place of epmd, so that a bench starts no daemon and asks none: a node listens on a free port, and a peer is where it was said to be.
-module(bench_epmd).
-export([start_link/0, register_node/2, register_node/3, listen_port_please/2, address_please/3, port_please/2, port_please/3, names/1]).
-export([own_port/0, tell/2]).

start_link() -> ignore.

register_node(Name, Port) -> register_node(Name, Port, inet).

register_node(_Name, Port, _Family) ->
    persistent_term:put({?MODULE, own}, Port),
    {ok, erlang:phash2({os:getpid(), erlang:monotonic_time()}, 1 bsl 28) + 4}.

listen_port_please(_Name, _Host) -> {ok, 0}.

address_please(_Name, _Host, _Family) -> {ok, {127, 0, 0, 1}}.

port_please(Name, Host) -> port_please(Name, Host, infinity).

port_please(Name, _Host, _Timeout) ->
    case persistent_term:get({?MODULE, Name}, none) of
        none -> noport;
        Port -> {port, Port, 6}
    end.

names(_Host) -> {error, address}.

own_port() -> persistent_term:get({?MODULE, own}).

%% Where the node of this name (without its host) listens.
tell(Name, Port) -> persistent_term:put({?MODULE, Name}, Port).
