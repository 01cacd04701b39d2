public import Basics

/// Rules without AWS: the alarms that files make of resources that the caller describes, for tests of rules.
public enum OfflineRules {
    /// The alarms of files in our form, Sloth's or OpenSLO's.
    ///
    /// Rules on tags in auto-alarms' syntax are left out: they need what only AWS knows. So are files in
    /// CloudwatchMonitoring's form.
    /// - Parameters:
    ///   - series: the dimensions of the metrics that exist, for rules on metrics without a resource.
    ///   - scope: where objectives and log alarms are made.
    /// - Throws: ``ProvisionerError`` `invalid` with the faults of all files.
    public static func alarms(
        of files: [RuleFile.Source], for resources: [WatchedResource], series: MetricSeriesIndex, in scope: AlarmScope
    ) throws(ProvisionerError) -> DesiredAlarms {
        let own = files.filter { RuleSources.isOwn($0.bytes) }
        let others = files.filter { !RuleSources.isOwn($0.bytes) }
        let loaded = try RuleSources.read(own: own, others: others, try ProvisionerSettings([:]))
        if let file = loaded.originals.first {
            throw ProvisionerError(
                .invalid,
                "\(file.file ?? "a file") is in CloudwatchMonitoring's form, which needs the names of instances: "
                    + "make the alarms, and test the output of describe-alarms")
        }
        var result = DesiredAlarms(notices: loaded.notices)
        for objective in loaded.rules.objectives {
            let made = objective.alarms(options: loaded.rules.options, scope: scope)
            result.alarms += made.alarms
            result.notices += made.notices
        }
        var expanded = RuleExpansion.expand(
            loaded.rules, over: DiscoveredResources(resources: resources), series: series,
            context: RuleExpansion.Context(scopes: [scope], others: result.alarms))
        expanded.notices += result.notices
        return expanded
    }
}
