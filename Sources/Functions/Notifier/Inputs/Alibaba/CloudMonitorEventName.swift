import Basics
import Events

/// What the name of a CloudMonitor event means.
///
/// `Instance:SystemMaintenance.Reboot:Scheduled` has a resource type, an event and, for some, a status.
struct CloudMonitorEventName {
    /// What follows an event, which decides whether it opens or ends an incident.
    private enum Course: Character {
        /// Nothing: it is over when it is reported.
        case single = "-"
        /// A fault that lasts while its status is `Executing`.
        case incident = "i"
        /// An operation on the resource, which works again afterwards.
        case operation = "o"
        /// An operation that stops or releases the resource, unless it is avoided.
        case loss = "l"
        /// The end of an incident that an event of another name opened.
        case recovery = "r"
    }

    /// What happened, in words and with the status: `restart for system maintenance scheduled`.
    let text: String
    /// The event without its status: equal for the events that open and end one incident.
    let incident: String
    /// Whether it ends its incident.
    let isOver: Bool
    /// Whether it is critical when the message has no level.
    let isSevere: Bool

    init(_ name: String) {
        // Events that were copied from the documentation have escaped underscores.
        let name = name.filter { $0 != "\\" }
        let parts = name.split(separator: ":").map { String($0) }
        let status = parts.count > 1 ? parts.last.flatMap { Self.statuses[$0] == nil ? nil : $0 } : nil
        let base = status == nil ? name : parts.dropLast().joined(separator: ":")
        let entry = Self.entries[base]
        let course = entry?.course ?? .single
        var text = entry?.text ?? Self.phrase(base)
        if let status {
            if course == .incident, status == "Executing" || status == "Executed" {
                text += status == "Executing" ? " started" : " is over"
            } else {
                text += " " + (Self.statuses[status] ?? status)
            }
        }
        self.text = text
        incident = entry?.incident ?? base
        isOver =
            switch course {
            case .single: false
            case .recovery: true
            case .incident: status == "Executed"
            case .operation: status == "Executed" || status == "Avoided" || status == "Canceled"
            case .loss: status == "Avoided" || status == "Canceled"
            }
        isSevere = !isOver && (status == "Failed" || ![.single, .recovery].contains(course))
    }

    /// Whether an event can have this status, which decides whether its incident is over.
    static func isStatus(_ word: String) -> Bool { statuses[word] != nil }

    private static let statuses = [
        "Scheduled": "scheduled", "Executing": "in progress", "Executed": "completed", "Avoided": "avoided",
        "Canceled": "canceled", "Failed": "failed", "Inquiring": "awaits your decision", "Timeout": "timed out",
        "Rejected": "rejected",
    ]

    /// The words of a name that is not in the table: `Maintenance:HDFS.DataNode.IpcPortUnAvailable` becomes
    /// `HDFS DataNode ipc port unavailable`.
    private static func phrase(_ name: String) -> String {
        let parts = name.split(whereSeparator: { $0 == ":" || $0 == "." }).map { String($0) }
        let isGeneral = ["Maintenance", "Agent", "Scaling", "StatusNotification"].contains(parts.first ?? "")
        let telling = isGeneral && parts.count > 1 ? parts.dropFirst() : parts[...]
        let owners = name.contains(".") ? telling.dropLast().joined(separator: " ") : ""
        let rest = name.contains(".") ? [telling.last ?? ""] : Array(telling)
        var corrected: [String] = []
        for word in rest.flatMap({ words($0).split(separator: " ") }) {
            // `UnAvailable` is one word.
            if corrected.last == "un" {
                corrected[corrected.count - 1] += word
            } else {
                corrected.append(corrections[String(word)] ?? String(word))
            }
        }
        return (owners.isEmpty ? corrected : [owners] + corrected).joined(separator: " ")
    }

    /// CloudMonitor's own spelling mistakes, and abbreviations that people may not know.
    private static let corrections = [
        "coumpute": "compute", "occured": "occurred", "failue": "failed", "unkown": "unknown", "usedup": "used up",
        "oom": "out of memory", "OOM": "out of memory",
    ]
}

extension CloudMonitorEventName {
    private struct Entry {
        let text: String
        let course: Course
        /// The name that the events of one incident share, where it is not the event's own.
        let incident: String?
    }

    /// Name, course, text, and the incident where it is not the name itself.
    ///
    /// https://www.alibabacloud.com/help/en/cms/user-guide/system-events
    private static let table = """
        Disk:ConvertToPostpaidCompleted|-|disk converted to pay-as-you-go
        Disk:DiskOperationCompleted|-|disk operation completed
        Disk:ErrorDetected|i|disk error
        Disk:OverduePaymentRelease|-|disk released because of an overdue payment
        Disk:Stalled|i|stall of disk I/O
        Instance:BurstablePerformanceRestricted|-|performance of the burstable instance restricted
        Instance:InstanceFailure.Reboot|o|restart because of an operating system failure
        Instance:LiveMigrationAcrossDDH|-|live migration between dedicated hosts
        Instance:PerformanceModeChange|-|performance mode of the burstable instance changed
        Instance:PreemptibleInstanceInterruption|l|preemptible instance will be released
        Instance:Security.TpmAlert|i|alert of the trusted platform module
        Instance:StateChange|-|instance changed its state
        Instance:SystemFailure.Delete|l|release because of a system failure
        Instance:SystemFailure.Reboot|o|restart because of a system failure
        Instance:SystemFailure.Redeploy|o|redeployment because of a system failure
        Instance:SystemFailure.Stop|l|stop because of a system failure
        Instance:SystemMaintenance.IsolateErrorDisk|o|isolation of a damaged disk for system maintenance
        Instance:SystemMaintenance.PerformanceImpact|i|performance impact of system maintenance
        Instance:SystemMaintenance.ReInitErrorDisk|o|replacement of a damaged disk for system maintenance
        Instance:SystemMaintenance.Reboot|o|restart for system maintenance
        Instance:SystemMaintenance.RebootAndIsolateErrorDisk|o|restart without a damaged disk for system maintenance
        Instance:SystemMaintenance.RebootAndReInitErrorDisk|o|restart with a new disk for system maintenance
        Instance:SystemMaintenance.Redeploy|o|redeployment for system maintenance
        Instance:SystemMaintenance.Stop|l|stop for system maintenance
        Instance:SystemMaintenance.Transfer|o|migration of the instance
        Instance:SystemMaintenance.MinorVersionUpgrade|o|upgrade of the minor version
        Snapshot:CreateSnapshotCompleted|-|snapshot created
        EnsInstance:Create|-|creation of an edge instance
        EnsInstance:Delete|-|deletion of an edge instance
        EnsRegion:NetworkDown|i|network outage of the edge region
        EnsRegion:NetworkMigration|o|network migration of the edge region
        EnsRegion:NetworkWaterLevel|i|high network load of the edge region
        EnsRegion:PortError|i|port error of the edge region
        Instance_Failover|-|failover of the instance
        Instance_Failure_Start|i|failure of the instance started|Instance_Failure
        Instance_Failure_End|r|failure of the instance is over|Instance_Failure
        SyncStatusAbnormal|-|synchronization is abnormal
        Agent_Status_Running|r|CloudMonitor agent runs again|Agent_Status
        Agent_Status_Stopped|i|CloudMonitor agent stopped|Agent_Status
        Group_AddResourcesFailed_QuotaReached|-|resources not added to the application group, its quota is reached
        AUTOSCALING:SCALE_IN_WARN|-|scale-in has a problem
        AUTOSCALING:SCALE_OUT_WARN|-|scale-out has a problem
        ConfigurationItemChangeNotification|-|configuration of a resource changed
        TenRoutesRemained:Route|-|only ten routes remain
        InternetBandwidthThresholdExceeded|-|Internet bandwidth above its limit
        SecurityIncidentWarningsNotify|-|security incident
        CloseContBackup|-|continuous backup turned off
        OpenContBackup|-|continuous backup turned on
        ContBackupFail|-|continuous backup failed
        FullBackupFail|-|full backup failed
        DataRestoreFail|-|restore of data failed
        DataRestoreSuccess|-|restore of data succeeded
        InstancePause|-|backup schedule paused
        InstanceStart|-|backup schedule started
        migration_job_abnormal|i|migration job is abnormal|migration_job
        migration_job_restore|r|migration job runs again|migration_job
        subscribe_job_abnormal|i|change tracking job is abnormal|subscribe_job
        subscribe_job_restore|r|change tracking job runs again|subscribe_job
        sync_job_abnormal|i|synchronization job is abnormal|sync_job
        sync_job_restore|r|synchronization job runs again|sync_job
        ddoscoo_event_defense_add|i|DDoS attack, traffic scrubbing started|ddoscoo_event_defense
        ddoscoo_event_defense_end|r|DDoS attack, traffic scrubbing ended|ddoscoo_event_defense
        CcAttack|-|HTTP flood attack
        DdosAttack|-|DDoS attack
        Execution:StatusChange|-|execution changed its status
        TaskExecution:StatusChange|-|task execution changed its status
        Endpoint:Connection:Accept|-|endpoint connection accepted
        Endpoint:Connection:Reject|-|endpoint connection rejected
        Endpoint:Connection:Zone:Accept|-|zone of the endpoint connected
        Endpoint:Connection:Zone:Delete|-|zone of the endpoint deleted
        Service:Connection:Auto_Accept|-|connection to the service accepted automatically
        Service:Connection:Manual_Accept|-|connection to the service accepted
        Service:Connection:Delete|-|connection to the service deleted
        Service:Connection:Reject|-|connection to the service rejected
        Service:Connection:Zone:Accept|-|zone of the service connected
        Service:Connection:Zone:Delete|-|zone of the service deleted
        CertKeyExpired|-|certificate or key expired
        CertKeyExpired_1|-|certificate expires in 1 day
        CertKeyExpired_3|-|certificate expires in 3 days
        CertKeyExpired_7|-|certificate expires in 7 days
        CertKeyExpired_15|-|certificate expires in 15 days
        CertKeyExpired_30|-|certificate expires in 30 days
        CertKeyExpired_60|-|certificate expires in 60 days
        ipsec_health_check_failed|i|IPsec health check failed|ipsec_health_check
        ipsec_health_check_success|r|IPsec health check succeeds|ipsec_health_check
        ipsec_phase1_nego_failed|i|IPsec phase 1 negotiation failed|ipsec_phase1
        ipsec_phase1_nego_success|r|IPsec phase 1 negotiation succeeded|ipsec_phase1
        ipsec_phase2_nego_failed|i|IPsec phase 2 negotiation failed|ipsec_phase2
        ipsec_phase2_nego_success|r|IPsec phase 2 negotiation succeeded|ipsec_phase2
        AccessGatewayFailover|-|access point failed over
        ConnectionDisconnect|-|network disconnected
        DeviceHacked|-|device is under attack
        DeviceLinkDown|-|link of the device is down
        DeviceOffline|i|device is offline|Device
        DeviceOnline|r|device is online|Device
        DeviceSwitched|-|switched to the standby device
        DeviceWanLinkDown|i|WAN link of the device is down|DeviceWanLink
        DeviceWanLinkSwitched|-|switched to the standby WAN link
        DeviceWanLinkUp|r|WAN link of the device is up again|DeviceWanLink
        BucketEgressBandwidth|-|downstream bandwidth of the buckets above the report threshold
        BucketIngressBandwidth|-|upstream bandwidth of the buckets above the report threshold
        UserEgressBandwidth|-|downstream bandwidth of the account above the report threshold
        UserIngressBandwidth|-|upstream bandwidth of the account above the report threshold
        ComputeGroupCpuHigh|-|high CPU usage of the compute group
        ComputeGroupMemoryHigh|-|high memory usage of the compute group
        HighCoumputeGroupDiskUsed|-|high disk usage of the compute group
        InstanceDown|-|instance is down
        LongTransaction|-|transaction runs for long
        MasterCpuHigh|-|high CPU usage of the master
        MasterMemoryHigh|-|high memory usage of the master
        NonSuperConnection|-|too many connections of ordinary users
        InsertFailureRate|-|many writes fail
        SelectFailureRate|-|many queries fail
        StorageUsage|-|high storage usage
        EMR-110401002|-|workflow completed
        EMR-110401003|-|workflow submitted
        EMR-110401004|-|job submitted
        EMR-110401005|-|workflow node started
        EMR-110401006|-|status of a workflow node checked
        EMR-110401007|-|workflow node completed
        EMR-110401008|-|workflow node stopped
        EMR-110401009|-|workflow node canceled
        EMR-110401010|-|workflow canceled
        EMR-110401011|-|workflow restarted
        EMR-110401012|-|workflow resumed
        EMR-110401013|-|workflow paused
        EMR-110401014|-|workflow stopped
        EMR-110401015|-|workflow node failed
        EMR-110401016|-|job failed
        EMR-210401001|-|workflow failed
        EMR-210401003|-|start of a workflow node timed out
        EMR-210401004|-|start of a job timed out
        StatusCheck|-|status check failed
        Agent:Maintenance.EcmAgentTimeout|-|EMR agent timed out
        Agent:EcmAgentHeartbeatExpired|-|heartbeat of the EMR agent is missing
        Maintenance:YARN.TimelineServer.ExistUnexpectedly|-|YARN TimelineServer exited unexpectedly
        Maintenance:HIVE.HiveServer2.CannotConnectByAnyURIsProvided|-|HIVE HiveServer2 cannot connect to any given URI
        """

    private static let entries: [String: Entry] = {
        var entries: [String: Entry] = [:]
        for line in table.split(separator: "\n") {
            let cells = line.split(separator: "|").map { String($0) }
            guard cells.count >= 3, let letter = cells[1].first, let course = Course(rawValue: letter) else { continue }
            entries[cells[0]] = Entry(text: cells[2], course: course, incident: cells.count > 3 ? cells[3] : nil)
        }
        return entries
    }()
}
