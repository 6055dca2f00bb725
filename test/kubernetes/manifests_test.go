// What config/kubernetes says, as kustomize puts it together: against the types of the Kubernetes API, and against what
// the service itself makes of its configuration ($SUNDOWN_BINARY).
package kubernetes

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const ours = "../../config/kubernetes"

// Ours, unless $MANIFESTS names those of a service that scripts/new has made, and $VARIABLES the prefix of its variables.
var (
	directory = variable("MANIFESTS", ours)
	prefix    = variable("VARIABLES", "SUNDOWN_")
)

func variable(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

var variants = []string{"base", "overlays/production"}

// Every variant has all the objects of a deployment, or of a pod with a volume of its own, and nothing in them is unknown to
// the API or of a wrong type.
func TestEveryVariantIsValid(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		kinds := []string{"Deployment", "HorizontalPodAutoscaler", "Service", "PodDisruptionBudget", "ConfigMap", "NetworkPolicy"}
		if stateful(objects) != nil {
			kinds = append([]string{"StatefulSet"}, kinds[2:]...)
		}
		for _, kind := range kinds {
			if objects[kind] == nil {
				t.Errorf("%s has no %s", variant, kind)
			}
		}
	}
}

// The check above does fail on a misspelt field, on a wrong type and on a kind that doesn't exist.
func TestAFaultIsFound(t *testing.T) {
	for _, fault := range []string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {prots: []}",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: many}",
		"apiVersion: v1\nkind: Deployment\nmetadata: {name: x}",
	} {
		if _, err := decode([]byte(fault)); err == nil {
			t.Errorf("accepted: %s", fault)
		}
	}
}

// The stop has ended two seconds before the kubelet would end it, whatever is stuck; nothing but the signal begins it.
func TestTheGraceCoversTheBudget(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		spec := pod(objects).Spec
		grace := time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second
		total := duration(t, inForce(t, objects), "shutdown", "total")
		if total+2*time.Second > grace {
			t.Errorf("%s: shutdown.total is %v, the grace %v", variant, total, grace)
		}
		if spec.Containers[0].Lifecycle != nil {
			t.Errorf("%s: a hook takes its time from the same grace", variant)
		}
		if low, high := duration(t, inForce(t, objects), "shutdown.ready_delay", "min"), duration(t, inForce(t, objects), "shutdown.ready_delay", "max"); low < 2*time.Second || high < low {
			t.Errorf("%s: ready_delay is %v to %v: not every node has taken the pod out by then", variant, low, high)
		}
	}
}

// Containers, probes and services name ports where the service really listens.
func TestPortsAreTheServices(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		container := pod(objects).Spec.Containers[0]
		ports := map[string]int32{}
		for _, port := range container.Ports {
			ports[port.Name] = port.ContainerPort
		}
		config := inForce(t, objects)
		for _, name := range []string{"http", "admin"} {
			if got := value(t, config, name, "port"); got != strconv.Itoa(int(ports[name])) {
				t.Errorf("%s: %s.port is %s, the container's is %d", variant, name, got, ports[name])
			}
			if got := value(t, config, name, "address"); got != `"0.0.0.0"` {
				t.Errorf("%s: %s.address is %s: nobody outside the pod gets through", variant, name, got)
			}
		}
		for path, probe := range map[string]*core.Probe{"/live": container.LivenessProbe, "/ready": container.ReadinessProbe} {
			if probe.HTTPGet.Path != path || probe.HTTPGet.Port != intstr.FromString("admin") {
				t.Errorf("%s: %s is asked for at port %s", variant, probe.HTTPGet.Path, probe.HTTPGet.Port.StrVal)
			}
		}
		for _, port := range objects["Service"].(*core.Service).Spec.Ports {
			if port.TargetPort != intstr.FromString("http") {
				t.Errorf("%s: the service offers %s to everybody", variant, port.TargetPort.StrVal)
			}
		}
	}
}

// A rollout and a drained node never leave fewer pods than are wanted, or none.
func TestNothingTakesAllPodsAtOnce(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		if stateful(objects) != nil {
			continue // there is but one
		}
		rolling := deployment(objects).Spec.Strategy.RollingUpdate
		if rolling.MaxUnavailable.IntValue() != 0 || rolling.MaxSurge.IntValue() < 1 {
			t.Errorf("%s: a rollout goes on with %v less or %v more", variant, rolling.MaxUnavailable, rolling.MaxSurge)
		}
		least := *objects["HorizontalPodAutoscaler"].(*autoscaling.HorizontalPodAutoscaler).Spec.MinReplicas
		if down := objects["PodDisruptionBudget"].(*policy.PodDisruptionBudget).Spec.MaxUnavailable.IntValue(); down < 1 || int(least) <= down {
			t.Errorf("%s: %d of %d may be down", variant, down, least)
		}
	}
}

// What selects pods selects these.
func TestSelectorsMatch(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		marks := labels.Set(pod(objects).Labels)
		if !labels.SelectorFromSet(objects["Service"].(*core.Service).Spec.Selector).Matches(marks) {
			t.Errorf("%s: the service selects other pods", variant)
		}
		selectors := []*meta.LabelSelector{selector(objects), objects["PodDisruptionBudget"].(*policy.PodDisruptionBudget).Spec.Selector}
		inside := objects["NetworkPolicy"].(*networking.NetworkPolicy).Spec.PodSelector
		selectors = append(selectors, &inside)
		for _, each := range pod(objects).Spec.TopologySpreadConstraints {
			selectors = append(selectors, each.LabelSelector)
		}
		for _, each := range selectors {
			chosen, err := meta.LabelSelectorAsSelector(each)
			if err != nil || chosen.Empty() || !chosen.Matches(marks) {
				t.Errorf("%s: %v selects other pods", variant, each)
			}
		}
	}
}

// The pod meets the restricted pod security standard, which production's namespace enforces.
func TestThePodIsRestricted(t *testing.T) {
	for _, variant := range variants {
		spec := pod(render(t, variant)).Spec
		if !*spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: the pod may run as root or without seccomp", variant)
		}
		allowed := spec.Containers[0].SecurityContext
		if *allowed.AllowPrivilegeEscalation || !*allowed.ReadOnlyRootFilesystem || len(allowed.Capabilities.Drop) != 1 || allowed.Capabilities.Drop[0] != "ALL" {
			t.Errorf("%s: the container may do more than it needs", variant)
		}
	}
}

// What is secret comes from the Secret, by variables that are keys of the configuration.
func TestVariablesAreKeys(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		for _, each := range pod(objects).Spec.Containers[0].Env {
			if each.ValueFrom == nil || each.ValueFrom.SecretKeyRef == nil {
				t.Errorf("%s: %s is not from a Secret", variant, each.Name)
			}
		}
		run(t, objects, secrets(objects), "--check-config")
	}
}

// What a pod may write to beside the storage: so much that a token fits, in memory.
const tokenVolume = "run"

func isForTheToken(volume core.Volume) bool {
	return volume.Name == tokenVolume && volume.EmptyDir != nil && volume.EmptyDir.Medium == core.StorageMediumMemory &&
		volume.EmptyDir.SizeLimit != nil && volume.EmptyDir.SizeLimit.Value() <= 1<<20
}

// The admin port is open to the node and the collector: what changes something takes a token, which the start makes in a place
// that is the pod's alone.
func TestTheAdminTokenIsThePodsOwn(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		spec := pod(objects).Spec
		file := strings.Trim(value(t, inForce(t, objects), "admin", "token_file"), `"`)
		mounted := slices.ContainsFunc(spec.Containers[0].VolumeMounts, func(each core.VolumeMount) bool {
			return each.Name == tokenVolume && each.MountPath == filepath.Dir(file) && !each.ReadOnly
		})
		if !mounted || !slices.ContainsFunc(spec.Volumes, isForTheToken) {
			t.Errorf("%s: %s is on no volume in memory", variant, file)
		}
	}
}

// Notes are nowhere but in the storage that the replicas share: without it a pod refuses to start, and it has no disk of
// its own that they could be written to and lost with.
func TestNoNoteIsKeptInAPod(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		if stateful(objects) != nil || directory != ours && len(secrets(objects)) == 0 {
			continue // kept on a volume, or by the process alone
		}
		for _, uri := range [][]string{nil, {prefix + "STORAGE__MONGODB__URI="}} {
			out, err := try(t, objects, uri, "--check-config")
			if err == nil || !strings.Contains(out, "storage.mongodb.uri") {
				t.Errorf("%s: starts without MongoDB: %s", variant, out)
			}
		}
		spec := pod(objects).Spec
		for _, each := range spec.Volumes {
			if each.ConfigMap == nil && !isForTheToken(each) {
				t.Errorf("%s: the volume %s is the pod's own", variant, each.Name)
			}
		}
		for _, each := range spec.Containers[0].VolumeMounts {
			if !each.ReadOnly && each.Name != tokenVolume {
				t.Errorf("%s: %s can be written to", variant, each.MountPath)
			}
		}
	}
}

// A database in a file is on a volume that outlives the pod and takes one pod at a time. There is one pod, nothing else of it
// can be written to, and a node can still be drained of it.
func TestADatabaseOutlivesItsPod(t *testing.T) {
	for _, variant := range variants {
		objects := render(t, variant)
		set := stateful(objects)
		if set == nil {
			continue
		}
		if *set.Spec.Replicas != 1 || objects["HorizontalPodAutoscaler"] != nil {
			t.Errorf("%s: %d pods", variant, *set.Spec.Replicas)
		}
		if name := objects["Service"].(*core.Service).Name; set.Spec.ServiceName != name {
			t.Errorf("%s: its service is %s, not %s", variant, set.Spec.ServiceName, name)
		}
		if objects["PodDisruptionBudget"].(*policy.PodDisruptionBudget).Spec.MaxUnavailable.IntValue() < 1 {
			t.Errorf("%s: no node can be drained", variant)
		}
		claims := map[string]bool{}
		for _, each := range set.Spec.VolumeClaimTemplates {
			if storage := each.Spec.Resources.Requests[core.ResourceStorage]; storage.IsZero() || len(each.Spec.AccessModes) != 1 || each.Spec.AccessModes[0] != core.ReadWriteOnce {
				t.Errorf("%s: the claim %s is %v", variant, each.Name, each.Spec)
			}
			claims[each.Name] = true
		}
		database := strings.Trim(value(t, inForce(t, objects), "storage.sqlite", "path"), `"`)
		kept := false
		for _, each := range set.Spec.Template.Spec.Containers[0].VolumeMounts {
			if !each.ReadOnly && !claims[each.Name] && each.Name != tokenVolume {
				t.Errorf("%s: what is written to %s is lost with the pod", variant, each.MountPath)
			}
			kept = kept || claims[each.Name] && filepath.Dir(database) == each.MountPath
		}
		security := set.Spec.Template.Spec.SecurityContext
		if !kept || security.FSGroup == nil || *security.FSGroup != *security.RunAsGroup {
			t.Errorf("%s: %s is on no claim, or on one that the pod can't write to", variant, database)
		}
	}
}

// The scheduler and the kubelet know of everything that a pod takes of its node, the log on its disk as well: the limit
// has room for the five files of 10Mi that the kubelet keeps of it.
func TestResourcesAreAccountedFor(t *testing.T) {
	for _, variant := range variants {
		resources := pod(render(t, variant)).Spec.Containers[0].Resources
		for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage} {
			if asked := resources.Requests[name]; asked.IsZero() {
				t.Errorf("%s: asks for no %s", variant, name)
			}
		}
		if most := resources.Limits[core.ResourceMemory]; most.IsZero() {
			t.Errorf("%s: memory has no limit", variant)
		}
		if disk := resources.Limits[core.ResourceEphemeralStorage]; disk.Value() < 2*50<<20 {
			t.Errorf("%s: a pod is evicted for %v on disk", variant, &disk)
		}
	}
}

// What the Secret gives, as far as the configuration goes, and what the manifests themselves say.
func secrets(objects map[string]any) []string {
	var variables []string
	for _, each := range pod(objects).Spec.Containers[0].Env {
		if each.Value != "" {
			variables = append(variables, each.Name+"="+each.Value)
			continue
		}
		scheme := "mongodb"
		if strings.Contains(each.Name, "REDIS") {
			scheme = "redis"
		}
		variables = append(variables, each.Name+"="+scheme+"://localhost:1")
	}
	return variables
}

func deployment(objects map[string]any) *apps.Deployment {
	return objects["Deployment"].(*apps.Deployment)
}

// That of a service whose store is a file, or nil.
func stateful(objects map[string]any) *apps.StatefulSet {
	set, _ := objects["StatefulSet"].(*apps.StatefulSet)
	return set
}

func pod(objects map[string]any) core.PodTemplateSpec {
	if set := stateful(objects); set != nil {
		return set.Spec.Template
	}
	return deployment(objects).Spec.Template
}

func selector(objects map[string]any) *meta.LabelSelector {
	if set := stateful(objects); set != nil {
		return set.Spec.Selector
	}
	return deployment(objects).Spec.Selector
}

// The configuration as the service understands it, with every default.
func inForce(t *testing.T, objects map[string]any) string {
	return run(t, objects, secrets(objects), "--print-config")
}

func run(t *testing.T, objects map[string]any, variables []string, flag string) string {
	t.Helper()
	out, err := try(t, objects, variables, flag)
	if err != nil {
		t.Fatalf("%s: %v\n%s", flag, err, out)
	}
	return out
}

func try(t *testing.T, objects map[string]any, variables []string, flag string) (string, error) {
	t.Helper()
	binary := os.Getenv("SUNDOWN_BINARY")
	if binary == "" {
		t.Fatal("SUNDOWN_BINARY doesn't name the service's program: run this by ctest")
	}
	file := filepath.Join(t.TempDir(), "service.toml")
	if err := os.WriteFile(file, []byte(objects["ConfigMap"].(*core.ConfigMap).Data["service.toml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, flag, "--config", file)
	command.Env = variables
	out, err := command.CombinedOutput()
	return string(out), err
}

// The value of a key in what --print-config prints, as it stands there.
func value(t *testing.T, config, section, key string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\[` + regexp.QuoteMeta(section) + `\]\n(?:[^\[].*\n|\n)*?` + key + ` = (.*)$`).FindStringSubmatch(config)
	if found == nil {
		t.Fatalf("no %s.%s in\n%s", section, key, config)
	}
	return found[1]
}

func duration(t *testing.T, config, section, key string) time.Duration {
	t.Helper()
	parsed, err := time.ParseDuration(strings.Trim(value(t, config, section, key), `"`))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func render(t *testing.T, variant string) map[string]any {
	t.Helper()
	objects, err := build(filepath.Join(directory, variant))
	if err != nil {
		t.Fatalf("%s: %v", variant, err)
	}
	return objects
}
