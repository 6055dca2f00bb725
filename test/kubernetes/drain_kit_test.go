package kubernetes

import (
	"os"
	"slices"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// The Job that docs/drain-kit.md shows is one to the API: the kit that its init container leaves is what its container
// begins, from the volume that both have.
func TestTheDrainKitsJob(t *testing.T) {
	page, err := os.ReadFile("../../docs/drain-kit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\napiVersion: batch/v1\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the page shows no Job")
	}
	object, err := decode([]byte("apiVersion: batch/v1\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	pod := object.(*batch.Job).Spec.Template.Spec
	if pod.RestartPolicy != core.RestartPolicyNever {
		t.Errorf("a verdict is no reason to start again: restartPolicy is %q", pod.RestartPolicy)
	}
	left := pod.InitContainers[0].VolumeMounts[0]
	server := pod.Containers[0]
	if !slices.ContainsFunc(server.VolumeMounts, func(each core.VolumeMount) bool { return each == left }) {
		t.Errorf("the server's container has %v, without what is left in %v", server.VolumeMounts, left)
	}
	if !strings.HasPrefix(server.Command[0], left.MountPath+"/") {
		t.Errorf("it begins %q, which is not in %q", server.Command[0], left.MountPath)
	}
	if !slices.ContainsFunc(pod.Volumes, func(each core.Volume) bool { return each.Name == left.Name && each.EmptyDir != nil }) {
		t.Errorf("no empty volume %q", left.Name)
	}
}
