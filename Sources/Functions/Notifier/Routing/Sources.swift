extension Source {
    /// Several notifications as one.
    static let digest = Source(rawValue: "digest")

    /// All sources, for the check of rules.
    static let all: [Source] = [
        .accessAnalyzer, .alarmProvisioner, .alertmanager, .amazonQ, .autoScaling, .backup, .batch, .budgets,
        .cloudEvents, .cloudFormation, .cloudMonitorAlarm, .cloudMonitorEvent, .cloudWatchAlarm, .codeBuild,
        .codeDeploy, .codePipeline, .config, .devOpsGuru, .ec2, .ecs, .eventBridge, .experiment, .fargateAdjuster,
        .gitHub, .grafana, .guardDuty, .health, .inspector, .json, .rds, .securityHub, .ses, .slaResult, .slack,
        .sns, .stepFunctions, .synthetics, .text, .timer, .trustedAdvisor, .uptime, .digest,
    ]
}
