import Experiments
import JSON

/// The actions and probes of `chaosaws.fis`, and experiments of AWS FIS from a template or an inline definition.
extension ChaosActivities {
    static var fis: [NativeActivity] { fisExperiments + fisScenarios + fisRuns }

    private static var fisExperiments: [NativeActivity] {
        let module = "chaosaws.fis.actions"
        return [
            .aws(
                module, "start_experiment", .action, "Starts an experiment of FIS from a template.",
                arguments: [
                    .init("experiment_template_id", .text), .init("client_token", .text, .null),
                    .init("tags", .any, .null),
                ],
                calls: [.read("fis:GetExperimentTemplate"), .change("fis:StartExperiment")],
                choice: "the template that is named", aliases: aliases("actions", "start_experiment"),
                targets: FISExperiments.template, undo: FISExperiments.stopStarted, run: FISExperiments.start),
            // Without an undo: an experiment that was stopped cannot go on.
            .aws(
                module, "stop_experiment", .action, "Stops an experiment of FIS.",
                arguments: [.init("experiment_id", .text)],
                calls: [.read("fis:GetExperiment"), .change("fis:StopExperiment")],
                choice: "the experiment that is named", aliases: aliases("actions", "stop_experiment"),
                targets: FISExperiments.experiment, run: FISExperiments.stop),
            .aws(
                module, "stop_experiments_by_tags", .action,
                "Stops the experiments of FIS that run and have all of these tags.",
                arguments: [.init("tags", .any), .init("delete_templates", .flag, false)],
                calls: FISExperiments.stopCalls, choice: "the running experiments that have all of the tags",
                targets: FISExperiments.tagged
            ) { invocation, targets in
                try await FISExperiments.stopAll(
                    targets, deletesTemplates: invocation.given("delete_templates") != nil, invocation)
            },
            .aws(
                "chaosaws.fis.probes", "get_experiment", .probe, "Describes an experiment of FIS.",
                arguments: [.init("experiment_id", .text)], calls: [.read("fis:GetExperiment")],
                aliases: aliases("probes", "get_experiment"), run: FISExperiments.describe),
        ]
    }

    /// The resiliency framework has the three functions in its own modules.
    private static func aliases(_ part: String, _ function: String) -> [String] {
        ["resiliencyvr.fis.\(part).\(function)", "resiliencyvr.fis.\(function)"]
    }

    private static var fisScenarios: [NativeActivity] {
        let module = "chaosaws.fis.actions"
        let tags: [NativeActivity.Call] = [.read("sts:GetCallerIdentity")]
        return [
            .aws(
                module, "start_stress_pod_delete_scenario", .action,
                "Creates FIS's scenario \"EKS Stress: Pod Delete\" and starts it.",
                arguments: [
                    .init("label_selector", .text), .init("tags", .any), .init("role_arn", .text),
                    .init("log_group_arn", .text), .init("cluster_identifier", .text),
                    .init("namespace", .text, "default"), .init("service_account", .text, "default"),
                    .init("client_token", .text, ""),
                    .init("description", .text, "Delete one or more EKS pods"),
                ],
                calls: [
                    .read("eks:DescribeCluster"), .change("fis:CreateExperimentTemplate"),
                    .change("fis:StartExperiment"),
                ],
                choice: "the cluster that is named; FIS takes the pods that match the selector",
                targets: FISScenarios.cluster, undo: FISScenarios.removeTemplate, run: FISScenarios.startPodDelete),
            .aws(
                module, "start_availability_zone_power_interruption_scenario", .action,
                "Creates FIS's scenario \"AZ Availability: Power Interruption\" and starts it.",
                arguments: FISZonePower.arguments,
                calls: tags + FISScenarioRole.createCalls + [
                    .change("fis:CreateExperimentTemplate"), .change("fis:StartExperiment"),
                ],
                choice: "the zone that is named; FIS takes what has the tag AzImpairmentPower there",
                targets: FISZonePower.zone, undo: FISZonePower.restorePower, run: FISZonePower.start),
            .aws(
                module, "restore_availability_zone_power_after_interruption", .action,
                "Stops the scenario of the zone, and deletes its templates, role and policies.",
                arguments: [
                    .init("tags", .any, .null), .init("delete_roles_and_policies", .flag, true),
                    .init("delete_templates", .flag, true),
                ],
                calls: tags + FISScenarioRole.deleteCalls + FISExperiments.stopCalls,
                choice: "the running experiments that have the tags, those of the run's own scenario without tags",
                targets: FISZonePower.interruptions, run: FISZonePower.restore),
        ]
    }
}
