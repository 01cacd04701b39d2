/// Where Tocsin's alarms are meant to differ from those of the other programs, and why;
/// docs/alarm-provisioner-compatibility.md has them in words.
struct MeantDifference {
    /// `original/…` or `auto-alarms/…`.
    var test: String
    var differences: [String]
    var reason: String

    static func of(_ test: String) -> [String] {
        all.filter { $0.test == test }.flatMap(\.differences).sorted()
    }

    static let all = [
        MeantDifference(
            test: "original/two-thresholds",
            differences: ["only ours: alert-cpu_usage-web-1-GreaterThanThreshold-80"],
            reason: "The original gives two alarms one name and keeps the last; the other gets a name of its own."),
        MeantDifference(
            test: "original/one-reservation",
            differences: ["only ours: alert-mem_used_percent-a.shop.internal"],
            reason: "The original looks at the last instance of each reservation only."),
        MeantDifference(
            test: "auto-alarms/database",
            differences: [
                "only ours: AutoAlarm-orders-AWS/RDS-CPUUtilization-GreaterThanThreshold-75-5m-1p-Average-"
                    + "Created_by_CloudWatchAutoAlarms"
            ],
            reason: "auto-alarms makes the alarm of the last tag only, because of an indentation."),
        MeantDifference(
            test: "auto-alarms/wildcard",
            differences: [
                "only theirs: AutoAlarm-{web}-CWAgent-disk_used_percent-device-*-fstype-xfs-path-*-"
                    + "GreaterThanThreshold-80-5m-1p-Average-Disk"
            ],
            reason: "auto-alarms knows * in its own table only, and takes it literally in a tag."),
        MeantDifference(
            test: "auto-alarms/wildcard",
            differences: [
                "only theirs: AutoAlarm-{web}-CWAgent-disk_used_percent-device-nvme2n1-fstype-xfs-path-/more-"
                    + "GreaterThanThreshold-80-5m-1p-Average-Disk"
            ],
            reason:
                "The metric has a further dimension, without which there is no metric: the alarm would never have data."
        ),
        MeantDifference(
            test: "auto-alarms/description",
            differences: [
                "AutoAlarm-{web}-AWS/EC2-CPUUtilization-GreaterThanThreshold-90-5m-1p-Average-On: AlarmDescription: "
                    + "On → On-call at night"
            ],
            reason: "auto-alarms cuts descriptions at their first dash."),
        MeantDifference(
            test: "auto-alarms/function-without-defaults",
            differences: ["Errors", "Throttles"].map {
                "only theirs: AutoAlarm-check-out-AWS/Lambda-\($0)-GreaterThanThreshold-1-5m-1p-Average-"
                    + "Created_by_CloudWatchAutoAlarms"
            },
            reason: "auto-alarms heeds CREATE_DEFAULT_ALARMS for instances only."),
        MeantDifference(
            test: "auto-alarms/dashes",
            differences: [
                "only ours: AutoAlarm-{web}-CWAgent-disk_used_percent-device-dm-0-fstype-xfs-path-/-"
                    + "GreaterThanThreshold-80-5m-1p-Average"
            ],
            reason: "auto-alarms fails on dimensions whose values have dashes."),
    ]
}
