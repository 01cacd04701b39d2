import Experiments
import JSON
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// Nothing of the originals is left out, and nothing is left uncompared without a reason.
    struct CoverageTests {
        @Test(
            "every activity that a package exports is there",
            arguments: [("chaosaws", 154), ("chaosk8s", 101)])
        func complete(package: String, count: Int) throws {
            let answer = try Oracle.shared.get().ask(["command": "exported", "package": .string(package)])
            let names = (answer["names"]?.elements ?? []).compactMap(\.stringValue)
            #expect(Set(names).count >= count)
            let registry = ChaosActivities.registry
            for name in names {
                let parts = name.split(separator: ".")
                let (module, function) = (parts.dropLast().joined(separator: "."), String(parts.last ?? ""))
                #expect(registry.activity(module: module, function: function) != nil, "\(name)")
            }
        }

        /// Activities that the originals' code cannot be compared with, and why.
        private static let uncompared = [
            "chaosaws.ec2.actions.stop_instances_by_incremental_steps": "malformed filters: it always fails",
            "chaosaws.ecs.actions.update_container_instances_state": "a method that boto3 does not have",
            "chaosaws.incidents.probes.get_active_incident_items": "a wrong operation: it always fails",
            "chaosk8s.crd.actions.apply_from_json": "sends the text itself: it always fails",
            "chaosk8s.crd.actions.apply_from_yaml": "sends the text itself: it always fails",
            "chaosk8s.crd.actions.replace_custom_object": "an unknown argument: it always fails",
            "chaosk8s.crd.actions.replace_cluster_custom_object": "an unknown argument: it always fails",
        ]

        @Test("every activity of the originals runs beside them in a test, or it is said why not")
        func compared() {
            let cases = Set(
                ChaosawsTests.cases.map { "chaosaws." + $0.function }
                    + ClusterTests.Chaosk8sTests.cases.map { "chaosk8s." + $0.function })
            let own = ChaosActivities.all.map(\.name).filter {
                $0.hasPrefix("chaosaws.") || $0.hasPrefix("chaosk8s.")
            }
            #expect(Set(own).subtracting(cases) == Set(Self.uncompared.keys))
        }
    }
}
