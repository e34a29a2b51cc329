-module(growth).
-export([run/1]).

run(#{least := Least, most := Most, messages := Messages}) ->
    Figures = each(Least, Most, Messages, #{}),
    Figures#{times => map_get(at(Most), Figures) / map_get(at(Least), Figures)}.

each(Live, Most, _, Figures) when Live > Most -> Figures;
each(Live, Most, Messages, Figures) ->
    #{value := Value} = traffic:run(#{live => Live, messages => Messages, stalls => 0}),
    each(Live * 10, Most, Messages, Figures#{at(Live) => Value}).

at(Live) -> list_to_atom("at" ++ integer_to_list(Live)).
