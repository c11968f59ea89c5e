"""The engine: steps, graph, plan, runner, retry, journal, lease. Knows no Talos and no Kubernetes."""
