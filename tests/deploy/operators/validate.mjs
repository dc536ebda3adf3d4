// Reads Kubernetes objects (a JSON list) from standard input; prints what does not fit, one line each.
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { readFileSync } from "node:fs";

const kinds = { PrometheusRule, ScaledObject, ServiceMonitor };

for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  const Kind = kinds[object.kind];
  if (!Kind) {
    console.log(`${object.kind}: of no operator that is known here`);
    continue;
  }
  try {
    new Kind(object).validate();
  } catch (wrong) {
    console.log(`${object.kind} ${object.metadata.name}: ${wrong.message}`);
  }
}
