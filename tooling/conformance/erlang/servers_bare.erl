%% A server that handles nothing.
-module(servers_bare).
-export([init/1, terminate/2]).

init(State) -> {ok, State}.

terminate(Reason, _) -> t:emit(terminate, servers:word(Reason)).
