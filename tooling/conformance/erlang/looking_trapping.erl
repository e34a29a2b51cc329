%% looking, and it traps exits.
-module(looking_trapping).
-export([init/1, handle_call/3, handle_cast/2, terminate/2]).

init(State) -> process_flag(trap_exit, true), {ok, State}.
handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.
terminate(Reason, _) -> t:emit(terminate, Reason).
