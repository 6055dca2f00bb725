// Package kubernetes tests the manifests in config/kubernetes.
package kubernetes

import (
	"fmt"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// The types of the API that the manifests use.
var types = map[meta.TypeMeta]func() any{
	{APIVersion: "v1", Kind: "Namespace"}:                           func() any { return &core.Namespace{} },
	{APIVersion: "v1", Kind: "ConfigMap"}:                           func() any { return &core.ConfigMap{} },
	{APIVersion: "v1", Kind: "Service"}:                             func() any { return &core.Service{} },
	{APIVersion: "apps/v1", Kind: "Deployment"}:                     func() any { return &apps.Deployment{} },
	{APIVersion: "apps/v1", Kind: "StatefulSet"}:                    func() any { return &apps.StatefulSet{} },
	{APIVersion: "batch/v1", Kind: "Job"}:                           func() any { return &batch.Job{} },
	{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}:          func() any { return &policy.PodDisruptionBudget{} },
	{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"}: func() any { return &autoscaling.HorizontalPodAutoscaler{} },
	{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}:     func() any { return &networking.NetworkPolicy{} },
	{APIVersion: "cert-manager.io/v1", Kind: "Certificate"}:         func() any { return &certificate{} },
}

// What the manifests use of cert-manager's Certificate (https://cert-manager.io/docs/reference/api-docs/).
type certificate struct {
	meta.TypeMeta
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
		PrivateKey struct {
			Algorithm      string `json:"algorithm"`
			Size           int    `json:"size"`
			RotationPolicy string `json:"rotationPolicy"`
		} `json:"privateKey"`
		IssuerRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"issuerRef"`
	} `json:"spec"`
}

// The objects of a variant by their kinds, of which each has one.
func build(variant string) (map[string]any, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), variant)
	if err != nil {
		return nil, err
	}
	objects := map[string]any{}
	for _, each := range made.Resources() {
		text, err := each.AsYAML()
		if err != nil {
			return nil, err
		}
		object, err := decode(text)
		if err != nil {
			return nil, err
		}
		if objects[each.GetKind()] != nil {
			return nil, fmt.Errorf("two of %s", each.GetKind())
		}
		objects[each.GetKind()] = object
	}
	return objects, nil
}

// An object as the API's type for it; what that type doesn't have is a fault.
func decode(text []byte) (any, error) {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	make, known := types[kind]
	if !known {
		return nil, fmt.Errorf("no %s in %s", kind.Kind, kind.APIVersion)
	}
	object := make()
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		return nil, fmt.Errorf("%s: %w", kind.Kind, err)
	}
	return object, nil
}
