package kubernetes

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The variant with TLS: the pods have cert-manager's secret mounted, whole, so that a renewal reaches them; the
// configuration names its files; and the port is offered and let in.
func TestTheCertificateIsMounted(t *testing.T) {
	const variant = "overlays/tls"
	if _, err := os.Stat(path.Join(directory, variant)); err != nil {
		t.Skip("a service of its own has no such variant: ", err)
	}
	objects := render(t, variant)
	issued := objects["Certificate"].(*certificate).Spec
	pod := deployment(objects).Spec.Template.Spec
	container := pod.Containers[0]

	volume := pod.Volumes[slices.IndexFunc(pod.Volumes, func(each core.Volume) bool { return each.Secret != nil })]
	if volume.Secret.SecretName != issued.SecretName || *volume.Secret.DefaultMode&0o040 == 0 || *pod.SecurityContext.FSGroup == 0 {
		t.Errorf("the pod's user can't read %s: %+v", issued.SecretName, volume.Secret)
	}
	mount := container.VolumeMounts[slices.IndexFunc(container.VolumeMounts, func(each core.VolumeMount) bool { return each.Name == volume.Name })]
	if mount.SubPath != "" || !mount.ReadOnly {
		t.Errorf("the mount is never renewed, or can be written to: %+v", mount)
	}
	config := run(t, objects, secrets(objects), "--print-config")
	for name, file := range map[string]string{"certificate": core.TLSCertKey, "key": core.TLSPrivateKeyKey} {
		if got := value(t, config, "http.tls", name); got != strconv.Quote(path.Join(mount.MountPath, file)) {
			t.Errorf("http.tls.%s is %s, the file is in %s", name, got, mount.MountPath)
		}
	}

	port := container.Ports[slices.IndexFunc(container.Ports, func(each core.ContainerPort) bool { return each.Name == "https" })]
	if got := value(t, config, "http.tls", "port"); got != strconv.Itoa(int(port.ContainerPort)) {
		t.Errorf("http.tls.port is %s, the container's is %d", got, port.ContainerPort)
	}
	named := func(each core.ServicePort) bool { return each.TargetPort == intstr.FromString("https") }
	if !slices.ContainsFunc(objects["Service"].(*core.Service).Spec.Ports, named) {
		t.Error("the service doesn't offer https")
	}
	inside := func(each networking.NetworkPolicyPort) bool { return *each.Port == intstr.FromString("https") }
	if !slices.ContainsFunc(objects["NetworkPolicy"].(*networking.NetworkPolicy).Spec.Ingress[0].Ports, inside) {
		t.Error("the network policy lets nobody in to https")
	}
	if !slices.ContainsFunc(issued.DNSNames, func(name string) bool { return strings.HasPrefix(name, "sundown.") }) {
		t.Error("the certificate is for no name of the service")
	}
}
