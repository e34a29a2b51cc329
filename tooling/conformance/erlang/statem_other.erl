%% The callback module that a machine of statem.erl changes to: it says so of each event.
-module(statem_other).
-export([callback_mode/0, a/3, b/3, handle_event/4, terminate/3]).

callback_mode() -> get(mode).

a(Type, Content, Data) -> on(Type, Content, a, Data).
b(Type, Content, Data) -> on(Type, Content, b, Data).
handle_event(Type, Content, State, Data) -> on(Type, Content, State, Data).

on(cast, back, _, _) -> {keep_state_and_data, [pop_callback_module]};
on(enter, _, State, _) -> t:emit(other_enter, State), keep_state_and_data;
on(_, Content, State, _) -> t:emit(other, [Content, State]), keep_state_and_data.

terminate(_, State, _) -> t:emit(other_terminate, State).
