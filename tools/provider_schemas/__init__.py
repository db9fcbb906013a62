"""What releases of hashicorp/aws take: every block and argument of what the stacks have, side by side.

The range that the stacks admit is wider than one machine can run. So the oldest release is asked itself, and two newer
ones are read from the bindings that were generated from them: those of cdktf, with which this project synthesizes, and
those of its successor, which go on. Bindings say names, types and what is required; of what conflicts and of what is
deprecated they say nothing, which only a provider itself does.

``arguments.tsv`` keeps it; ``make provider-schemas`` writes that anew and says what has come and gone.
"""
