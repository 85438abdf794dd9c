// Program go_client asks the emulator through the AWS SDK for Go and prints what it understood as JSON.
//
// Usage: go_client PROXY_URL TOKEN_ARN. It exits with status 1 when a call fails in a way it does not expect.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const account = "111122223333"

type failure struct {
	Code   string `json:"code"`
	Status int    `json:"status"`
}

type answers struct {
	LocationScope string   `json:"locationScope"`
	RoleArn       string   `json:"roleArn"`
	CreatedAt     string   `json:"createdAt"`
	InstanceArn   string   `json:"instanceArn"`
	Statuses      []string `json:"statuses"`
	Regions       []string `json:"regions"`
	Missing       failure  `json:"missing"`
	WrongRegion   failure  `json:"wrongRegion"`
	Unknown       failure  `json:"unknown"`
	Pages         int      `json:"pages"`
}

func client(proxy *url.URL, region string) *s3control.Client {
	return s3control.New(s3control.Options{
		Region: region,
		// Plain HTTP is what a proxy without certificates can read; the SDK puts the account in front of the host.
		BaseEndpoint: aws.String("http://s3-control." + region + ".amazonaws.com"),
		Credentials:  credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		HTTPClient:   &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}},
	})
}

func failed(err error) failure {
	var coded smithy.APIError
	var answered *smithyhttp.ResponseError
	if !errors.As(err, &coded) || !errors.As(err, &answered) {
		panic(fmt.Sprintf("not an answer of the service: %v", err))
	}
	return failure{coded.ErrorCode(), answered.HTTPStatusCode()}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func run(proxyURL, token string) answers {
	ctx := context.Background()
	proxy := must(url.Parse(proxyURL))
	home, control := client(proxy, "eu-west-1"), client(proxy, "us-west-2")
	id := aws.String(account)
	var found answers

	location := must(home.GetAccessGrantsLocation(ctx, &s3control.GetAccessGrantsLocationInput{
		AccountId: id, AccessGrantsLocationId: aws.String("loc-finance"),
	}))
	found.LocationScope, found.RoleArn = *location.LocationScope, *location.IAMRoleArn
	found.CreatedAt = location.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")

	instance := must(home.GetAccessGrantsInstanceForPrefix(ctx, &s3control.GetAccessGrantsInstanceForPrefixInput{
		AccountId: id, S3Prefix: aws.String("s3://acme-data/finance/a b+c"),
	}))
	found.InstanceArn = *instance.AccessGrantsInstanceArn

	for range 2 {
		reply := must(control.DescribeMultiRegionAccessPointOperation(ctx,
			&s3control.DescribeMultiRegionAccessPointOperationInput{AccountId: id, RequestTokenARN: aws.String(token)}))
		found.Statuses = append(found.Statuses, *reply.AsyncOperation.RequestStatus)
		if details := reply.AsyncOperation.ResponseDetails; details != nil {
			for _, region := range details.MultiRegionAccessPointDetails.Regions {
				found.Regions = append(found.Regions, *region.Name+"="+*region.RequestStatus)
			}
		}
	}

	pages := s3control.NewListCallerAccessGrantsPaginator(home, &s3control.ListCallerAccessGrantsInput{
		AccountId: id, MaxResults: 1,
	})
	for pages.HasMorePages() {
		must(pages.NextPage(ctx))
		found.Pages++
	}

	_, err := home.GetAccessGrantsLocation(ctx, &s3control.GetAccessGrantsLocationInput{
		AccountId: id, AccessGrantsLocationId: aws.String("nowhere"),
	})
	found.Missing = failed(err)
	_, err = home.DescribeMultiRegionAccessPointOperation(ctx,
		&s3control.DescribeMultiRegionAccessPointOperationInput{AccountId: id, RequestTokenARN: aws.String(token)})
	found.WrongRegion = failed(err)
	_, err = home.ListJobs(ctx, &s3control.ListJobsInput{AccountId: id})
	found.Unknown = failed(err)
	return found
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go_client PROXY_URL TOKEN_ARN")
		os.Exit(2)
	}
	must(0, json.NewEncoder(os.Stdout).Encode(run(os.Args[1], os.Args[2])))
}
